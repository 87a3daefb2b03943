import * as z from 'zod';
import { parseTime, TIME_TEXT_MAX } from './time.ts';

/** A time as it is shown. */
export const timeView = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

/** A time as a client writes it, before it is parsed. */
export const timeText = z.string().max(TIME_TEXT_MAX, `must be at most ${TIME_TEXT_MAX} characters`);

/** RFC 3339, or without offset UTC -> epoch ms. @param rule of what cannot be parsed */
export const parsedTime = (rule: (text: unknown) => string) =>
  z
    .string()
    .refine((text) => parseTime(text) !== undefined, { error: ({ input }) => rule(input) })
    .transform((text) => parseTime(text)?.epochMilliseconds ?? Number.NaN);

const TIME_RULE = 'must be an RFC 3339 time';

export const timeMember = parsedTime(() => TIME_RULE);

/** In a query, the + of an offset means a blank. */
const LOST_PLUS = /:\d{2}(\.\d+)? \d{2}:?\d{2}$/;

export const timeQuery = parsedTime((text) =>
  LOST_PLUS.test(String(text)) ? `${TIME_RULE}: write the + of its offset as %2B` : TIME_RULE,
).optional();

export const erasedAtView = timeView.optional().meta({
  description: 'Its content was erased: what is left is a tombstone.',
});
