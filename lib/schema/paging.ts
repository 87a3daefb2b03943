import * as z from 'zod';

export const LIMIT_MAX = 100;

export const LIMIT_DEFAULT = 50;

export const pagingQuery = {
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, `must be a whole number from 1 to ${LIMIT_MAX}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= LIMIT_MAX, `must be a whole number from 1 to ${LIMIT_MAX}`)
    .optional()
    .meta({
      description: `1 to ${LIMIT_MAX}, default ${LIMIT_DEFAULT}. Large records make a page shorter, with a next one.`,
      // Text on the wire, where it is checked; a client means a number.
      override: ({ jsonSchema }) => {
        delete jsonSchema.pattern;
        Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT });
      },
    }),
  cursor: z.string().max(1024, 'must be one that this list returned').optional().meta({
    description: 'From the `Link: rel="next"` of the page before.',
  }),
};
