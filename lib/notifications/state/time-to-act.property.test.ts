/**
 * Against an independent computation: minute by minute, by Temporal instead of Intl, through the changes of
 * the clocks in four zones.
 */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { durationMs } from '../../schema/duration.ts';
import type { Window } from '../window.ts';
import { type Rules, timeToAct } from './time-to-act.ts';

const MINUTE_MS = 60_000;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Around these the clocks are changed: by an hour at 2 and 3, by half an hour, and at midnight. */
const CHANGES: Record<string, string[]> = {
  'Europe/Berlin': ['2027-03-28', '2027-10-31'],
  'America/New_York': ['2027-03-14', '2027-11-07'],
  'Australia/Lord_Howe': ['2027-04-04', '2027-10-03'],
  'Asia/Beirut': ['2027-03-28', '2027-10-31'],
};

const two = (n: number): string => String(n).padStart(2, '0');
/** Half of them where the clocks are changed. */
const timeOfDay = fc
  .oneof(fc.integer({ min: 0, max: 1_439 }), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1_370, max: 1_439 }))
  .map((minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`);

const rules = fc.constantFrom(...Object.keys(CHANGES)).chain((timezone) =>
  fc.record({
    timezone: fc.constant(timezone),
    day: fc.constantFrom(...(CHANGES[timezone] ?? [])),
    from: timeOfDay,
    until: timeOfDay,
    days: fc.option(fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }), { nil: undefined }),
    outside: fc.constantFrom('defer' as const, 'drop' as const),
    minutes: fc.integer({ min: -2 * 1_440, max: 2 * 1_440 }),
    lateMinutes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 * 1_440 })),
    ms: fc.constantFrom(0, 1, 59_999),
    expiresAfter: fc.constantFrom(undefined, 'PT1S', 'PT2H', 'P1DT30M', 'P2W'),
  }),
);

const instant = (local: Temporal.PlainDateTime, zone: string): number =>
  local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;

/** Every window that opens within a month before and after, one by one. */
const spansOf = ({ from, until, days }: Window, zone: string, at: number): { opens: number; closes: number }[] => {
  const first = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .subtract({ days: 30 });
  return Array.from({ length: 60 }, (_, index) => first.add({ days: index })).flatMap((date) => {
    const name = DAYS[date.dayOfWeek - 1];
    if (days && name && !days.includes(name)) return [];
    const last = until <= from ? date.add({ days: 1 }) : date;
    const opens = instant(date.toPlainDateTime(Temporal.PlainTime.from(from)), zone);
    const closes = instant(last.toPlainDateTime(Temporal.PlainTime.from(until)), zone);
    return closes > opens ? [{ opens, closes }] : [];
  });
};

/** From `at` on: where it is inside, and how long it stays in the same window. */
const stepByMinute = (spans: { opens: number; closes: number }[], at: number): { at: number; closes: number } => {
  const inside = (time: number) => spans.find(({ opens, closes }) => opens <= time && time < closes);
  let time = at;
  while (!inside(time)) time = Math.floor(time / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  const span = inside(time);
  let closes = time;
  while (inside(closes) === span) closes = Math.floor(closes / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  return { at: time, closes };
};

interface Asked {
  window: Window;
  timezone: string;
  at: number;
  now: number;
  expiry: number;
}
/** When it may be sent, from then on or from `now`, and until when. */
const searched = ({ window, timezone, at, now, expiry }: Asked) => {
  const spans = spansOf(window, timezone, at);
  const own = stepByMinute(spans, at);
  const isDropped = window.outside === 'drop';
  if (isDropped && own.at > at) return { ended: 'window' };
  if (isDropped && now >= own.closes && own.closes < expiry) return { ended: 'window' };
  const next = own.closes > now ? own : stepByMinute(spans, now);
  const sentAt = Math.max(next.at, now);
  return sentAt >= expiry ? { ended: 'expired' } : { sentAt, closesAt: Math.min(next.closes, expiry) };
};

describe('the time to act', () => {
  it('is where a minute-by-minute search finds the window open, through changes of the clocks', () => {
    const seen = new Set<string>();
    const property = fc.property(rules, ({ timezone, day, minutes, ms, lateMinutes, expiresAfter, ...given }) => {
      fc.pre(given.from !== given.until);
      const { days, ...rest } = given;
      const window: Window = { ...rest, ...(days && { days }) };
      const at = instant(Temporal.PlainDate.from(day).toPlainDateTime(), timezone) + minutes * MINUTE_MS + ms;
      const now = at + lateMinutes * MINUTE_MS;
      const expiry = expiresAfter === undefined ? Number.POSITIVE_INFINITY : at + durationMs(expiresAfter);
      const act = timeToAct({ sendAt: at, timing: { timezone }, window, expiresAfter }, at, now);
      const found = 'ended' in act ? act : { sentAt: Math.max(act.at, now), closesAt: act.closesAt };
      expect(found).toEqual(searched({ window, timezone, at, now, expiry }));
      seen.add('ended' in act ? act.ended : act.at > at ? 'deferred' : 'at once');
    });
    fc.assert(property, { numRuns: 1_000 });
    expect([...seen].sort()).toEqual(['at once', 'deferred', 'expired', 'window']);
  });

  it('is the same again once it is in its window, whenever it is judged before that closes', () => {
    const property = fc.property(rules, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
      const { timezone, day, minutes, from, until, days, expiresAfter } = given;
      fc.pre(from !== until);
      const window: Window = { from, until, timezone, ...(days && { days }) };
      const at = instant(Temporal.PlainDate.from(day).toPlainDateTime(), timezone) + minutes * MINUTE_MS;
      const item: Rules = { sendAt: at, timing: {}, window, expiresAfter };
      const act = timeToAct(item, at, at);
      if (!('at' in act) || act.closesAt === undefined) return;
      const later = Math.min(act.closesAt - 1, Math.floor(act.at + share * (act.closesAt - act.at)));
      expect(timeToAct(item, act.at, later)).toEqual(act);
    });
    fc.assert(property, { numRuns: 400 });
  });
});
