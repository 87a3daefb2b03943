import * as z from 'zod';
import { KNOWN_TYPES } from './notification-types.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
export const printable = /^[^\u0000-\u001f\u007f]*$/;

/** Of what a notification says, in UTF-16 units. */
export const SUBJECT_MAX = 200;
export const BODY_MAX = 65_536;

export const shortText = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .regex(printable, 'must not contain control characters');

/** `a, b and c`. Not by `Intl.ListFormat`, the first of which takes 11 ms of a cold start. */
export const listOf = (words: readonly string[]): string => {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
};

/**
 * No record has a longer one, and DynamoDB takes keys of 2,048 bytes at most: beyond that a filter
 * would be a 5xx.
 */
export const filter = (max: number, description: string) =>
  z.string().max(max, `must be at most ${max} characters`).optional().meta({ description });

export const typeName = z
  .string()
  .max(64, 'must be at most 64 characters')
  .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$/, 'must be dotted lower-case words, for example user.signup')
  .meta({ description: `Known: ${KNOWN_TYPES.join(', ')}; others are accepted.`, examples: ['password.expiry'] });
