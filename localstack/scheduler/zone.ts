import { Temporal } from 'temporal-polyfill';

export const isTimeZone = (zone: string): boolean => {
  // Intl accepts offsets such as +01:00 too; the API accepts names of the IANA database.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false; // RangeError: Intl does not know the zone.
  }
};

/** The local time, as the epoch ms of the same digits in UTC: the calendar works without zones. */
export const wallTime = (instant: number, zone: string): number => {
  if (zone === 'UTC') return instant;
  const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  return instant + zoned.offsetNanoseconds / 1e6;
};

/** The instant of a local time: the earlier one if it is repeated, a later one if it is skipped. */
export const instantOf = (wall: number, zone: string): number => {
  if (zone === 'UTC') return wall;
  const local = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO('UTC').toPlainDateTime();
  return local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
};
