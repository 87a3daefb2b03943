/** When a notification may go out: a span of the day, on some days of the week, in a time zone. */
import * as z from 'zod';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import { makeZone } from '../schema/zone.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A window that opened this many days ago has closed, wherever the clocks were changed. */
const DAYS_BACK = 2;
/** One opens in each week, and a change of the clocks can swallow one. */
const DAYS_AHEAD = 22;

const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day as HH:MM, from 00:00 to 23:59')
  .meta({ examples: ['09:00'] });

export const windowSchema = z
  .strictObject({
    days: z
      .array(z.enum(DAYS).meta({ id: 'Weekday' }))
      .min(1, 'must name at least one day')
      .max(DAYS.length, `must be at most ${DAYS.length} days`)
      .refine((days) => new Set(days).size === days.length, 'must name each day once')
      .optional()
      .meta({ description: 'The days on which it opens. Without them it opens every day.', uniqueItems: true }),
    from: timeOfDay.meta({ description: 'When it opens, inclusive.' }),
    until: timeOfDay.meta({ description: 'When it closes, exclusive; before `from`, on the next day.' }),
    timezone: z
      .string()
      .max(64)
      .optional()
      .meta({
        description: 'The name of an IANA time zone. Default: that of the notification, else UTC.',
        examples: ['Europe/Berlin'],
      }),
    outside: z
      .enum(['defer', 'drop'])
      .meta({
        id: 'OutsideWindow',
        description:
          'What becomes of an attempt that would start outside: it waits (`defer`, the default), or is not made.',
      })
      .optional(),
  })
  .refine(({ from, until }) => from !== until, {
    path: ['until'],
    message: 'must be another time than from; leave the window out to send at any time',
    ...evenIfMembersAreWrong,
  })
  .meta({
    id: 'Window',
    description: 'Every attempt, the first and each repeated one, starts inside.',
    examples: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', until: '18:00', timezone: 'Europe/Berlin' }],
  });
export type Window = z.output<typeof windowSchema>;

const timeOf = (text: string): number => {
  const [hours, minutes] = text.split(':').map(Number);
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * MINUTE_MS;
};

/**
 * The window that is open at `at`, else the next one that opens: from `opens` to before `closes`, epoch ms.
 * A time in a DST gap moves on by the gap, in an overlap it is the earlier. A day whose window a gap
 * swallows has none.
 */
export const windowAt = (window: Window, timezone: string, at: number): { opens: number; closes: number } => {
  const { localOf, instantOf } = makeZone(timezone);
  const from = timeOf(window.from);
  const until = timeOf(window.until);
  const today = Math.floor(localOf(at) / DAY_MS);
  for (let day = today - DAYS_BACK; day <= today + DAYS_AHEAD; day += 1) {
    // Day 0, 1 January 1970, was a Thursday.
    const name = DAYS[(day + 3) % DAYS.length] as (typeof DAYS)[number];
    if (window.days && !window.days.includes(name)) continue;
    const opens = instantOf(day * DAY_MS + from);
    const closes = instantOf((until > from ? day : day + 1) * DAY_MS + until);
    if (closes > Math.max(opens, at)) return { opens, closes };
  }
  throw new RangeError('A window opens at least once in three weeks');
};
