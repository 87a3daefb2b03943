import { Temporal } from 'temporal-polyfill';

/** Of a time with nanoseconds, an offset and annotations. */
export const TIME_TEXT_MAX = 128;

/** What RFC 3339 can say in UTC: an offset must not lead out of the years 0000 to 9999. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');

const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

const inCalendar = (time: Temporal.ZonedDateTime): Temporal.ZonedDateTime | undefined =>
  time.epochMilliseconds >= FIRST_MS && time.epochMilliseconds <= LAST_MS ? time : undefined;

export const TIME = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::[0-5]\d(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:?\d{2})?)?$/;

/**
 * A function: a call at the top level would keep the polyfill in every bundle that imports a
 * constant from here.
 */
export const epoch = (): Temporal.Instant => Temporal.Instant.fromEpochMilliseconds(0);

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
export const resolve = (local: Temporal.PlainDateTime, timezone: string): Temporal.ZonedDateTime =>
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

const readInCalendar = (text: string, timezone: string, lessDays: number): Temporal.ZonedDateTime | undefined => {
  try {
    const read = readTime(text, timezone);
    const time = lessDays === 0 ? read : read?.subtract({ days: lessDays });
    return time && inCalendar(time instanceof Temporal.PlainDateTime ? resolve(time, timezone) : time);
  } catch {
    return undefined;
  }
};

/** The rules of a request parse its time one after the other, and parsing takes long. */
let last: { of: string; time: Temporal.ZonedDateTime | undefined } = { of: '', time: undefined };

/**
 * RFC 3339, the same without offset, or a bare date -> a zoned time, less calendar days; undefined for
 * others. Days are subtracted from the local date as given; only the result is resolved in `timezone`.
 */
export const parseTime = (text: string, timezone = 'UTC', lessDays = 0): Temporal.ZonedDateTime | undefined => {
  const of = `${lessDays} ${timezone} ${text}`;
  if (last.of !== of) last = { of, time: readInCalendar(text, timezone, lessDays) };
  return last.time;
};

/** Never before the instant asked for: a fraction of a millisecond rounds up. */
export const ceilMs = (time: Temporal.ZonedDateTime): number => Number((time.epochNanoseconds + 999_999n) / 1_000_000n);

/** RFC 3339, UTC, with milliseconds. */
export const rfc3339 = (at: number): string => new Date(at).toISOString();
