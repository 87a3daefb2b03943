import * as z from 'zod';
import { parseTime } from './time.ts';

/** RFC 3339, or without offset UTC -> epoch ms. @param rule of what cannot be parsed */
const parsedTime = (rule: (text: unknown) => string) =>
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
