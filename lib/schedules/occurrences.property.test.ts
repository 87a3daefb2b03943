/** Instants held against an independent computation, which steps through every minute. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronProblem } from './cron.ts';
import { makeTimetable } from './occurrences.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const STEP_MS = 30 * MINUTE_MS;
const YEAR = { from: Date.parse('2026-01-01T00:00:00Z'), until: Date.parse('2027-01-01T00:00:00Z') };
type Span = typeof YEAR;
/** By an hour, by half an hour, on both halves of the globe, and around Ramadan. */
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca'] as const;

const makeOffsets = (timeZone: string) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return (at: number): number => {
    const step = Math.floor(at / STEP_MS);
    const found = known.get(step);
    if (found !== undefined) return found;
    const [, sign = '+', hours = '0', minutes = '0'] =
      /GMT(?:([+-])(\d\d):(\d\d))?/.exec(format.format(step * STEP_MS)) ?? [];
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
    known.set(step, offset);
    return offset;
  };
};
const offsetsOf = Object.fromEntries(ZONES.map((zone) => [zone, makeOffsets(zone)]));

const DAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Whether one field takes a number; of days of the week with `#` and `L`, those of days with `L`. */
const takes = (field: string, value: number, names: readonly string[] = []): boolean => {
  const numberOf = (text: string): number => (names.includes(text) ? names.indexOf(text) : Number(text));
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    if (range === '*') return value % Number(step) === 0;
    const [first = 0, last = first] = range.split('-').map(numberOf);
    return value >= first && value <= last && (value - first) % Number(step) === 0;
  });
};

const takesDay = (dayOfMonth: string, dayOfWeek: string, local: Date): boolean => {
  const day = local.getUTCDate();
  const isLastDay = new Date(local.getTime() + DAY_MS).getUTCDate() === 1;
  const isLastWeek = new Date(local.getTime() + 7 * DAY_MS).getUTCMonth() !== local.getUTCMonth();
  const byMonth = dayOfMonth.split(',').some((item) => (item === 'L' ? isLastDay : takes(item, day)));
  const byWeek = dayOfWeek.split(',').some((item) => {
    const [name = '', nth] = item.split('#');
    if (!takes(name, local.getUTCDay(), DAY_NAMES)) return false;
    if (nth === undefined) return true;
    return nth === 'L' ? isLastWeek : Math.ceil(day / 7) === Number(nth);
  });
  if (dayOfMonth === '*') return byWeek;
  return dayOfWeek === '*' ? byMonth : byMonth || byWeek;
};

/** Every minute of local time that the expression takes, as if in UTC. */
const localTimes = (cron: string, { from, until }: Span): number[] => {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = cron.split(' ');
  const times = Array.from({ length: 1_440 }, (_, time) => time).filter(
    (time) => takes(hour, Math.floor(time / 60)) && takes(minute, time % 60),
  );
  const found: number[] = [];
  for (let day = from; day < until; day += DAY_MS) {
    const local = new Date(day);
    if (!takes(month, local.getUTCMonth() + 1) || !takesDay(dayOfMonth, dayOfWeek, local)) continue;
    found.push(...times.map((time) => day + time * MINUTE_MS));
  }
  return found;
};

/** Every local minute of the time, and the instant that it is: the first, or moved by the gap. */
const stepThrough = (cron: string, zone: string, { from, until }: Span): number[] => {
  const offset = offsetsOf[zone] ?? (() => 0);
  const instants = new Set<number>();
  const isAnInstant = (local: number, by: number): boolean => local - by + offset(local - by) === local;
  for (const local of localTimes(cron, { from: from - DAY_MS, until: until + DAY_MS })) {
    const [before, after] = [offset(local - DAY_MS), offset(local + DAY_MS)];
    const real = [before, after].filter((by) => isAnInstant(local, by)).map((by) => local - by);
    instants.add(real.length > 0 ? Math.min(...real) : local - before);
  }
  return [...instants].filter((at) => at > from && at < until).sort((a, b) => a - b);
};

const walk = (cron: string, timezone: string, { from, until }: Span): number[] => {
  const timetable = makeTimetable({ cron, timezone });
  const found: number[] = [];
  for (let at = timetable.next(from); at !== undefined && at < until; at = timetable.next(at)) found.push(at);
  return found;
};

const show = (instants: number[]): string[] => instants.map((at) => new Date(at).toISOString());

const TRANSITIONS = ZONES.flatMap((zone) => {
  const offset = offsetsOf[zone] ?? (() => 0);
  const days = Array.from({ length: 365 }, (_, n) => YEAR.from + n * DAY_MS);
  return days.filter((day) => offset(day) !== offset(day + DAY_MS)).map((day) => ({ zone, day }));
});

describe.each(ZONES)('over a year in %s', (zone) => {
  it.each([
    '30 2 * * *',
    '0 9 * * mon-fri',
    '15,45 1-3 * * *',
    '0 0 L * *',
    '0 0 * * fri#2',
    '0 12 13 * fri',
    '0 */6 29-31 * *',
    '30 1 * * sun#L',
    '0 0 1 1,7 *',
  ])('%s occurs when a walk through every minute says so', (cron) => {
    expect(show(walk(cron, zone, YEAR))).toEqual(show(stepThrough(cron, zone, YEAR)));
  });
});

const numbers = (max: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.integer({ min: 0, max }).map(String),
    fc.uniqueArray(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 4 }).map((all) => all.join(',')),
    fc.integer({ min: 5, max: 30 }).map((step) => `*/${step}`),
    fc.tuple(fc.nat(max), fc.nat(max)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}/5`),
  );
const crons = fc
  .tuple(numbers(59), fc.oneof(numbers(23), fc.constant('*')), fc.constantFrom('*', '*', 'L', '1-31/2'))
  .map(([minute, hour, day]) => `${minute} ${hour} ${day} * *`)
  .filter((cron) => cronProblem(cron) === undefined);

it('around each change of the clocks, any expression occurs as every minute says', () => {
  fc.assert(
    fc.property(crons, fc.constantFrom(...TRANSITIONS), (cron, { zone, day }) => {
      const span = { from: day - DAY_MS, until: day + 2 * DAY_MS };
      const expected = stepThrough(cron, zone, span);
      expect(show(walk(cron, zone, span))).toEqual(show(expected));
      // From any other time on, it goes on with the same ones.
      const timetable = makeTimetable({ cron, timezone: zone });
      for (let at = day; at < day + DAY_MS; at += 97 * MINUTE_MS)
        expect(timetable.next(at)).toBe(expected.find((one) => one > at) ?? timetable.next(span.until - 1));
      const until = day + DAY_MS;
      expect(timetable.last(span.from, until)).toBe(expected.findLast((one) => one <= until));
    }),
    { numRuns: 30 },
  );
});
