import type { ZodType } from 'zod';
import { parseJson } from '../../schema/json.ts';
import { validated } from '../../schema/validate.ts';
import type { MessageMiddleware } from '../message.ts';

/** The body by its schema. What does not match fails. */
export const messageParsing = (schema: ZodType): MessageMiddleware => ({
  before: ({ event: received }) => {
    received.message = validated(schema, parseJson(received.context.rawBody));
  },
});
