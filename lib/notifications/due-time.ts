import { Temporal } from 'temporal-polyfill';
import type { FieldError } from '../errors.ts';

export const PAST_GRACE_MS = 5 * 60_000;
export const HORIZON_YEARS = 10;
export const LEAD_TIME_DAYS_MAX = 3650;
export const LEAD_TIME_DAYS_DEFAULT = 7;

/** Of a time with nanoseconds, an offset and annotations. */
export const TIME_TEXT_MAX = 128;

/** When something is due, as a client said it: either a target with a lead, or the very time; and the zone that local times are in. */
export interface Timing {
  target_date?: string;
  lead_time_days?: number;
  send_at?: string;
  timezone?: string;
}

export interface Due {
  /** Epoch ms, rounded up. */
  sendAt: number;
  targetDate?: number;
}

/** What RFC 3339 can say in UTC: an offset must not lead out of the years 0000 to 9999. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

const inCalendar = (time: Temporal.ZonedDateTime): Temporal.ZonedDateTime | undefined =>
  time.epochMilliseconds >= FIRST_MS && time.epochMilliseconds <= LAST_MS ? time : undefined;

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::[0-5]\d(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A function: a call at the top level would keep the polyfill in every bundle that imports a
 * constant from here.
 */
const epoch = (): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(0);

/**
 * Any name of the IANA database, links and legacy names included, in any case. Offsets are none:
 * they know no DST.
 */
export const isTimeZone = (name: string): boolean => {
  // Of ICU's own names, those of System V pass Temporal.
  if (!/^[A-Za-z]/.test(name) || /^systemv\//i.test(name)) return false;
  try {
    epoch().toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
};

/** Whether two names, which must be time zones, are links to the same zone. */
export const isSameZone = (a: string, b: string): boolean =>
  epoch().toZonedDateTimeISO(a).equals(epoch().toZonedDateTimeISO(b));

/**
 * A local time in a DST gap moves on by the gap, one in an overlap is the earlier instant: RFC
 * 5545's rule.
 */
const resolve = (local: Temporal.PlainDateTime, timezone: string): Temporal.ZonedDateTime =>
  local.toZonedDateTime(timezone, { disambiguation: 'compatible' });

/**
 * A zoned time where the text has an offset, else the local date and time as said. Throws what
 * Temporal does.
 */
const readTime = (text: string, timezone: string): Temporal.ZonedDateTime | Temporal.PlainDateTime | undefined => {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, date = '', time, offset] = match;
  const local = `${date}T${time ?? '00:00'}`;
  if (!offset) return Temporal.PlainDateTime.from(local);
  return Temporal.Instant.from(local + offset.toUpperCase()).toZonedDateTimeISO(timezone);
};

/**
 * RFC 3339, or the same without offset (local in `timezone`), or a bare date (midnight there), less
 * calendar days -> a zoned time; undefined when it is none of these or names no real day. The days
 * are subtracted from the local date and time as said: only the result is resolved in `timezone`,
 * since the clocks of the target's own day say nothing about it.
 */
export const parseTime = (text: string, timezone = 'UTC', lessDays = 0): Temporal.ZonedDateTime | undefined => {
  try {
    const time = readTime(text, timezone)?.subtract({ days: lessDays });
    return time && inCalendar(time instanceof Temporal.PlainDateTime ? resolve(time, timezone) : time);
  } catch {
    return undefined;
  }
};

/** Never before the instant asked for: a fraction of a millisecond rounds up. */
const ceilMs = (time: Temporal.ZonedDateTime): number => Number((time.epochNanoseconds + 999_999n) / 1_000_000n);

const UNPARSABLE = 'must be an RFC 3339 time, a local time without offset, or a date, that exists in the calendar';

/** Only the form, free of the time of day: so that a replay is recognised before any rule that depends on it. */
export const checkTimingForm = (timing: Timing): FieldError[] => {
  const errors: FieldError[] = [];
  const refuse = (field: string, detail: string) => errors.push({ pointer: `/${field}`, detail });
  const both = timing.target_date !== undefined && timing.send_at !== undefined;
  if (both) refuse('send_at', 'must not be given together with target_date');
  if (timing.target_date === undefined && timing.send_at === undefined) {
    refuse('target_date', 'target_date (with lead_time_days) or send_at is required');
  }
  if (!both && timing.send_at !== undefined && timing.lead_time_days !== undefined) {
    refuse('lead_time_days', 'must not be given together with send_at');
  }
  if (timing.timezone !== undefined && !isTimeZone(timing.timezone)) {
    refuse('timezone', 'must be the name of an IANA time zone, for example Europe/Berlin, and not an offset');
  }
  for (const field of ['target_date', 'send_at'] as const) {
    const text = timing[field];
    if (text !== undefined && !parseTime(text)) refuse(field, UNPARSABLE);
  }
  return errors;
};

const checkWindow = (field: string, at: number, now: number): FieldError[] => {
  if (at < now - PAST_GRACE_MS)
    return [{ pointer: `/${field}`, detail: 'must not be more than 5 minutes in the past' }];
  const horizon = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO('UTC').add({ years: HORIZON_YEARS });
  if (at <= horizon.epochMilliseconds) return [];
  return [{ pointer: `/${field}`, detail: `must not be more than ${HORIZON_YEARS} years ahead` }];
};

/**
 * When it is due: `send_at`, or `target_date` less `lead_time_days` calendar days in `timezone`. A due time already past
 * while the target is ahead means now. `timing` must have passed {@link checkTimingForm}.
 * `acceptPast` is for what a rule makes of an event: the event was accepted in time, so its notification is never refused as past.
 */
export const dueTime = (
  timing: Timing,
  now: number,
  options: { acceptPast?: boolean } = {},
): Due | { errors: FieldError[] } => {
  const field = timing.send_at !== undefined ? 'send_at' : 'target_date';
  const target = parseTime(timing[field] ?? '', timing.timezone);
  if (!target) return { errors: [{ pointer: `/${field}`, detail: UNPARSABLE }] };
  const targetAt = ceilMs(target);
  const errors = checkWindow(field, options.acceptPast ? Math.max(targetAt, now) : targetAt, now);
  if (errors.length > 0) return { errors };
  if (field === 'send_at') return { sendAt: Math.max(targetAt, now) };
  // What lies before the calendar is past.
  const due = parseTime(timing.target_date ?? '', timing.timezone, timing.lead_time_days ?? LEAD_TIME_DAYS_DEFAULT);
  return { sendAt: Math.max(due ? ceilMs(due) : now, now), targetDate: targetAt };
};

/** A PATCH over what was last given: naming one form drops the other. */
export const mergeTiming = (given: Timing, patch: Timing): Timing => {
  const merged: Timing = { ...given, ...patch };
  if (patch.send_at !== undefined && patch.target_date === undefined) {
    delete merged.target_date;
    if (patch.lead_time_days === undefined) delete merged.lead_time_days;
  }
  if (patch.target_date !== undefined && patch.send_at === undefined) delete merged.send_at;
  return merged;
};
