/** Until when a notification may go out, counted from its due time. */
import * as z from 'zod';
import { DURATION, durationMs } from '../schema/duration.ts';

const MIN_MS = 1_000;
const MAX_MS = 366 * 86_400_000;
const RULE =
  'must be an ISO 8601 duration from 1 second to 366 days in weeks, days, hours, minutes and seconds, for example PT2H';

export const expiresAfterSchema = z
  .string()
  .max(64, RULE)
  .regex(DURATION, RULE)
  .refine((text) => durationMs(text) >= MIN_MS && durationMs(text) <= MAX_MS, RULE)
  .meta({
    description:
      'How long after its due time (`send_at`) an attempt may start, the first or a repeated one. An ISO 8601 duration ' +
      'of weeks, days of 24 hours, hours, minutes and seconds, from 1 second to 366 days. What is left then ends `failed` with `expired`.',
    examples: ['PT2H', 'P1DT12H'],
  });
