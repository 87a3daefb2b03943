import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Expression, nextOccurrence, parseExpression, planNext } from './expression.ts';
import { schedule } from './scheduler.testing.ts';
import type { ScheduleDocument } from './types.ts';
import { withDefaults } from './validation.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** A field as text with the rule that a naive reader would apply to it. */
interface Rule {
  text: string;
  holds(value: number): boolean;
}

const field = (min: number, max: number): fc.Arbitrary<Rule> => {
  const value = fc.integer({ min, max });
  const single = value.map((v): Rule => ({ text: `${v}`, holds: (x) => x === v }));
  const range = fc.tuple(value, value).map(([a, b]): Rule => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    return { text: `${low}-${high}`, holds: (x) => x >= low && x <= high };
  });
  const step = fc
    .tuple(value, fc.integer({ min: 1, max: 20 }))
    .map(([from, by]): Rule => ({ text: `${from}/${by}`, holds: (x) => x >= from && (x - from) % by === 0 }));
  const every = fc
    .integer({ min: 1, max: 20 })
    .map((by): Rule => ({ text: by === 1 ? '*' : `*/${by}`, holds: (x) => (x - min) % by === 0 }));
  const list = fc.array(fc.oneof(single, range, step), { minLength: 1, maxLength: 3 }).map(
    (rules): Rule => ({
      text: rules.map(({ text }) => text).join(','),
      holds: (x) => rules.some(({ holds }) => holds(x)),
    }),
  );
  return fc.oneof(every, list);
};

interface LocalTime {
  minute: number;
  hour: number;
  day: number;
  month: number;
  year: number;
  /** 1 = Sunday. */
  weekday: number;
  daysInMonth: number;
}

const weekdayOf = (t: LocalTime, day: number) => ((((t.weekday - 1 + day - t.day) % 7) + 7) % 7) + 1;
const workday = (t: LocalTime, day: number) => ![1, 7].includes(weekdayOf(t, day));

/** The day of the month that `<n>W` means: the nearest Monday to Friday within the month. */
const nearestWorkday = (t: LocalTime, day: number): number | undefined =>
  day > t.daysInMonth
    ? undefined
    : [day, day - 1, day + 1, day + 2, day - 2].find((d) => d >= 1 && d <= t.daysInMonth && workday(t, d));

type DayRule = { dayOfMonth: string; dayOfWeek: string; holds(t: LocalTime): boolean };

const dayRule: fc.Arbitrary<DayRule> = fc.oneof(
  field(1, 31).map(({ text, holds }): DayRule => ({ dayOfMonth: text, dayOfWeek: '?', holds: (t) => holds(t.day) })),
  field(1, 7).map(({ text, holds }): DayRule => ({ dayOfMonth: '?', dayOfWeek: text, holds: (t) => holds(t.weekday) })),
  fc.constant<DayRule>({ dayOfMonth: 'L', dayOfWeek: '?', holds: (t) => t.day === t.daysInMonth }),
  fc
    .integer({ min: 1, max: 31 })
    .map((n): DayRule => ({ dayOfMonth: `${n}W`, dayOfWeek: '?', holds: (t) => t.day === nearestWorkday(t, n) })),
  fc.integer({ min: 1, max: 7 }).map(
    (d): DayRule => ({
      dayOfMonth: '?',
      dayOfWeek: `${d}L`,
      holds: (t) => t.weekday === d && t.day + 7 > t.daysInMonth,
    }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 })).map(
    ([d, k]): DayRule => ({
      dayOfMonth: '?',
      dayOfWeek: `${DAYS[d - 1]}#${k}`,
      holds: (t) => t.weekday === d && Math.ceil(t.day / 7) === k,
    }),
  ),
);

const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' },
    } as Intl.DateTimeFormatOptions),
  ]),
);

/** Independent of the code under test: the platform's own formatter. */
const localTime = (instant: number, zone: string): LocalTime => {
  const parts = formats.get(zone)?.formatToParts(instant) ?? [];
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const [year, month, day] = [of('year'), of('month'), of('day')];
  const date = new Date(Date.UTC(year, month - 1, day));
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { minute: of('minute'), hour: of('hour'), day, month, year, weekday: date.getUTCDay() + 1, daysInMonth };
};

const sameWallTime = (a: LocalTime, b: LocalTime) => a.day === b.day && a.hour === b.hour && a.minute === b.minute;

const cronCase = fc.record({
  minute: field(0, 59),
  hour: field(0, 23),
  days: dayRule,
  month: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Rule>({ text: '*', holds: () => true }) },
    { weight: 1, arbitrary: field(1, 12) },
  ),
  zone: fc.constantFrom(...ZONES),
});

const textOf = ({ minute, hour, days, month }: { minute: Rule; hour: Rule; days: DayRule; month: Rule }) =>
  `cron(${minute.text} ${hour.text} ${days.dayOfMonth} ${month.text} ${days.dayOfWeek} *)`;

const parsedCron = (text: string, zone: string): Extract<Expression, { kind: 'cron' }> => {
  const parsed = parseExpression(text, zone);
  if (parsed?.kind !== 'cron') throw new Error(`${text} was refused`);
  return parsed;
};

/** Around a change of the clock of one of the zones, or anywhere. */
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2036, 0) }),
  fc
    .tuple(
      fc.constantFrom(
        ...[
          '2027-03-14T06:00Z',
          '2027-11-07T05:00Z',
          '2027-03-28T00:00Z',
          '2027-10-31T00:00Z',
          '2027-04-03T14:00Z',
          '2027-10-02T15:00Z',
        ],
      ),
      fc.integer({ min: -180, max: 180 }),
    )
    .map(([change, minutes]) => Date.parse(change) + minutes * MINUTE),
);

it('cron: the next time is strictly later, and its fields match', () => {
  fc.assert(
    fc.property(cronCase, instant, (cron, after) => {
      const next = parsedCron(textOf(cron), cron.zone).next(after);
      if (next === undefined) return; // such as 31 February
      const t = localTime(next, cron.zone);
      expect(next).toBeGreaterThan(after);
      expect(next % MINUTE).toBe(0);
      expect(
        cron.minute.holds(t.minute) && cron.hour.holds(t.hour) && cron.days.holds(t) && cron.month.holds(t.month),
      ).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it('cron: the same times as a reader that looks at every minute, through changes of the clock', () => {
  fc.assert(
    fc.property(cronCase, instant, (cron, from) => {
      const { zone, minute, hour, days, month } = cron;
      const expected: number[] = [];
      const until = from + 1.5 * DAY;
      for (let at = Math.floor(from / MINUTE + 1) * MINUTE; at <= until; at += MINUTE) {
        const t = localTime(at, zone);
        if (!minute.holds(t.minute) || !hour.holds(t.hour) || !days.holds(t) || !month.holds(t.month)) continue;
        // Autumn repeats an hour (half an hour on Lord Howe): the first time counts.
        const repeated = [30, 60].some((back) => sameWallTime(t, localTime(at - back * MINUTE, zone)));
        if (!repeated) expected.push(at);
      }
      const found: number[] = [];
      const { next } = parsedCron(textOf(cron), zone);
      for (let at = next(from); at !== undefined && at <= until; at = next(at)) found.push(at);
      expect(found).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it('rate: strictly later, by at most one period, and on the grid of its base', () => {
  const unit = fc.constantFrom('minute', 'minutes', 'hour', 'hours', 'day', 'days');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), unit, instant, instant, (value, name, base, after) => {
      const parsed = parseExpression(`rate(${value} ${name})`, 'UTC');
      if (parsed?.kind !== 'rate') throw new Error('refused');
      const next = nextOccurrence(parsed, after, base) ?? Number.NaN;
      expect(next).toBeGreaterThan(after);
      expect(next).toBeGreaterThanOrEqual(base);
      expect((next - base) % parsed.periodMs).toBe(0);
      if (after >= base) expect(next - after).toBeLessThanOrEqual(parsed.periodMs);
    }),
  );
});

it('at: every local time round-trips in UTC, and is planned once', () => {
  fc.assert(
    fc.property(instant, (moment) => {
      const at = Math.floor(moment / 1000) * 1000;
      const ScheduleExpression = `at(${new Date(at).toISOString().slice(0, 19)})`;
      const document: ScheduleDocument = withDefaults(schedule({ ScheduleExpression }));
      const state = { after: moment, createdAt: moment };
      expect(planNext(document, { ...state, firedAt: undefined }, Math.random)).toEqual({ occurrence: at, at });
      expect(planNext(document, { ...state, firedAt: at }, Math.random)).toBeUndefined();
    }),
  );
});

it('a flexible window acts within the window, an end date ends', () => {
  const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(instant, fraction, fc.integer({ min: 1, max: 1440 }), (now, random, MaximumWindowInMinutes) => {
      const document = withDefaults(
        schedule({
          ScheduleExpression: 'rate(1 hour)',
          FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes },
          EndDate: (now + 90 * MINUTE) / 1000,
        }),
      );
      const plan = (after: number) => planNext(document, { after, createdAt: now, firedAt: undefined }, () => random);
      const first = plan(now - 1);
      expect(first?.occurrence).toBe(now);
      expect(first?.at).toBeGreaterThanOrEqual(now);
      expect(first?.at).toBeLessThan(now + MaximumWindowInMinutes * MINUTE);
      expect(plan(now)?.occurrence).toBe(now + 60 * MINUTE);
      expect(plan(now + 60 * MINUTE)).toBeUndefined();
    }),
  );
});
