import { Temporal } from 'temporal-polyfill';

/**
 * Wall-clock times are numbers too: the epoch milliseconds that the same digits would have in UTC. That lets the calendar
 * work without zones, and leaves gaps and overlaps to the two functions below.
 */
export const isTimeZone = (zone: string): boolean => {
  // Intl also takes offsets such as +01:00; the API wants names of the IANA database.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false; // RangeError is how Intl says that it does not know the zone
  }
};

export const wallTime = (instant: number, zone: string): number => {
  if (zone === 'UTC') return instant;
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return instant + zoned.offsetNanoseconds / 1e6;
};

/** In an overlap the earlier instant; in a gap the time moved on by the gap's length (so its wall time differs from what was asked). */
export const instantOf = (wall: number, zone: string): number => {
  if (zone === 'UTC') return wall;
  const local = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  return local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
};
