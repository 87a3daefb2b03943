import * as z from 'zod';
import { parseTime } from './time.ts';
import { evenIfMembersAreWrong } from './whole.ts';

/** RFC 3339, or without offset UTC -> epoch ms. @param rule of what cannot be parsed */
const parsedTime = (rule: (text: unknown) => string) =>
  z
    .string()
    .refine((text) => parseTime(text) !== undefined, { error: ({ input }) => rule(input) })
    .transform((text) => parseTime(text)?.epochMilliseconds ?? Number.NaN);

const TIME_RULE = 'must be an RFC 3339 time';

export const timeMember = parsedTime(() => TIME_RULE);

/** The arguments of a `refine`: of two members that are times, the later one must be after the other. */
export const inOrder = (earlier: string, later: string) =>
  [
    ({ [earlier]: from, [later]: to }: Record<string, unknown>): boolean =>
      typeof from !== 'number' || typeof to !== 'number' || from < to,
    { path: [later] as string[], message: `must be after ${earlier}`, ...evenIfMembersAreWrong },
  ] as const;

/** In a query, the + of an offset means a blank. */
const LOST_PLUS = /:\d{2}(\.\d+)? \d{2}:?\d{2}$/;

export const timeQuery = parsedTime((text) =>
  LOST_PLUS.test(String(text)) ? `${TIME_RULE}: write the + of its offset as %2B` : TIME_RULE,
).optional();
