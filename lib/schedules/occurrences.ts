/** The instants at which a schedule occurs, as its time zone has them. */
import { Temporal } from 'temporal-polyfill';
import { ceilMs, parseTime, resolve } from '../schema/time.ts';
import { type Calendar, calendarOf } from './cron.ts';

/** As a client gave it. `start` and `end` without an offset are local times of the zone. */
export interface ScheduleTiming {
  cron: string;
  timezone?: string;
  start?: string;
  end?: string;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Local times are epoch ms of the same time in UTC. */
const makeZone = (timezone: string) => {
  const at = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timezone);
  const offset = (instant: number): number => at(instant).offsetNanoseconds / 1_000_000;
  return {
    offset,
    local: (instant: number): number => instant + offset(instant),
    /** One that the zone skips moves on by the gap, of one that it has twice it is the first. */
    instantOf: (local: number): number => {
      const time = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();
      return resolve(time, timezone).epochMilliseconds;
    },
  };
};

/**
 * The first instant after another. Skipped local times move past later ones, so that those are
 * looked at too; just after a gap, those before it.
 */
const firstAfter = (calendar: Calendar, zone: ReturnType<typeof makeZone>, after: number): number | undefined => {
  const gap = Math.max(0, zone.offset(after) - zone.offset(after - DAY_MS));
  let moved = Number.POSITIVE_INFINITY;
  let local = calendar(zone.local(after) - gap);
  for (; local !== undefined; local = calendar(local)) {
    const instant = zone.instantOf(local);
    if (instant <= after) continue;
    if (zone.local(instant) === local) return Math.min(instant, moved);
    moved = Math.min(instant, moved);
  }
  return Number.isFinite(moved) ? moved : undefined;
};

export interface Timetable {
  /** The first instant after another, epoch ms; undefined when there is none. */
  next(after: number): number | undefined;
  /** The last one after `after` and no later than `until`. */
  last(after: number, until: number): number | undefined;
}

const timeOf = (text: string | undefined, timezone: string): number | undefined => {
  const time = text === undefined ? undefined : parseTime(text, timezone);
  return time && ceilMs(time);
};

export const endOf = ({ end, timezone = 'UTC' }: ScheduleTiming): number =>
  timeOf(end, timezone) ?? Number.POSITIVE_INFINITY;
export const startOf = ({ start, timezone = 'UTC' }: ScheduleTiming): number =>
  timeOf(start, timezone) ?? Number.NEGATIVE_INFINITY;

export const makeTimetable = (timing: ScheduleTiming): Timetable => {
  const calendar = calendarOf(timing.cron);
  const zone = makeZone(timing.timezone ?? 'UTC');
  const [start, end] = [startOf(timing), endOf(timing)];

  const next = (after: number): number | undefined => {
    const found = firstAfter(calendar, zone, Math.max(after, start - 1));
    return found !== undefined && found <= end ? found : undefined;
  };

  /** By halves: there may be 100,000 of them in a year. */
  const last = (after: number, until: number): number | undefined => {
    const isBeforeOne = (at: number): boolean => (next(at) ?? Number.POSITIVE_INFINITY) <= until;
    if (!isBeforeOne(after)) return undefined;
    let [low, high] = [after, until];
    while (high - low > MINUTE_MS) {
      const middle = Math.floor((low + high) / 2);
      if (isBeforeOne(middle)) low = middle;
      else high = middle;
    }
    return next(low);
  };

  return { next, last };
};
