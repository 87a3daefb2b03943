/** What a client says of when a schedule occurs. */
import * as z from 'zod';
import { isTimeZone, parseTime } from '../schema/time.ts';
import { timeText } from '../schema/time-view.ts';
import { CRON_MAX, cronProblem } from './cron.ts';

export const COUNT_MAX = 1_000_000;
/** As many as a client is shown. */
export const UPCOMING = 5;

export const cron = z
  .string()
  .max(CRON_MAX, `must be at most ${CRON_MAX} characters`)
  .refine((text) => text.length > CRON_MAX || cronProblem(text) === undefined, {
    error: ({ input: text }) => cronProblem(String(text)) ?? 'must be a cron expression',
  })
  .meta({
    description:
      'Minute, hour, day of month, month, day of week, with names, `L` (last) and `#` (nth). Days of month and of week that are both given are either. ' +
      'A local time that the zone skips moves on by the gap; of one that it has twice it is the first.',
    examples: ['0 9 * * mon-fri'],
  });
export const timezone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be the name of an IANA time zone, for example Europe/Berlin, and not an offset')
  .meta({ description: 'The name of an IANA time zone, default UTC.', examples: ['Europe/Berlin'] });
const bound = timeText.refine(
  (text) => parseTime(text) !== undefined,
  'must be an RFC 3339 time, a local time without offset, or a date, that exists in the calendar',
);
export const start = bound.meta({ description: 'None is earlier. Without offset it is local in `timezone`.' });
export const end = bound.meta({ description: 'None is later. Without offset it is local in `timezone`.' });
export const count = z
  .int()
  .min(1)
  .max(COUNT_MAX)
  .meta({ description: 'So many in all, over all changes; those that were canceled count.' });

const MISFIRES = ['latest', 'skip'] as const;
export type Misfire = (typeof MISFIRES)[number];
export const misfire = z.enum(MISFIRES).meta({
  id: 'Misfire',
  description:
    'What becomes of occurrences that could not be made until more than 5 minutes past: `latest` (default) makes the last one of them, `skip` none.',
});
