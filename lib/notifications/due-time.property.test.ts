import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../schema/time.ts';
import { dueTime } from './due-time.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Pacific/Chatham',
  'Africa/Cairo',
];
const zones = fc.constantFrom(...ZONES);
const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const NINE_YEARS_MS = 9 * 365 * DAY_MS;
const ahead = fc.integer({ min: NOW, max: NOW + NINE_YEARS_MS });

const formats = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    }),
  ]),
);
/**
 * The wall clock by the platform's own calendar, independent of the code under test:
 * `2027-06-01T09:00:00`.
 */
const wallClock = (at: number, zone: string): string => (formats.get(zone)?.format(at) ?? '').replace(', ', 'T');

describe('due times', () => {
  it('agree with the wall clock of the zone, and take the earlier of two', () => {
    fc.assert(
      fc.property(ahead, zones, (at, zone) => {
        const second = at - (at % 1000);
        const local = wallClock(second, zone);
        const parsed = parseTime(local, zone)?.epochMilliseconds ?? Number.NaN;
        expect(wallClock(parsed, zone)).toBe(local);
        expect(parsed).toBeLessThanOrEqual(second);
      }),
      { numRuns: 500 },
    );
  });

  it('are never earlier than the instant asked for, and less than a millisecond later', () => {
    const fractions = fc.integer({ min: 0, max: 999_999_999 });
    fc.assert(
      fc.property(ahead, fractions, (at, nanoseconds) => {
        const second = at - (at % 1000) + 1000;
        const text = `${new Date(second).toISOString().slice(0, 19)}.${String(nanoseconds).padStart(9, '0')}Z`;
        const due = dueTime({ send_at: text }, NOW);
        if ('errors' in due) throw new Error(text);
        const late = BigInt(due.sendAt) * 1_000_000n - (BigInt(second) * 1_000_000n + BigInt(nanoseconds));
        expect(late >= 0n && late < 1_000_000n).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('with a lead keep the time of day as said and go back that many dates, unless clocks changed at that very time', () => {
    fc.assert(
      fc.property(ahead, fc.integer({ min: 0, max: 3640 }), zones, (at, lead_time_days, zone) => {
        // Any local time, those that the zone skips included.
        const target = new Date(at - (at % 1000)).toISOString().slice(0, 19);
        const now = at - (lead_time_days + 2) * DAY_MS;
        const due = dueTime({ target_date: target, lead_time_days, timezone: zone }, now);
        if ('errors' in due) throw new Error(due.errors[0]?.detail);
        const wanted = new Date(Date.parse(`${target}Z`) - lead_time_days * DAY_MS).toISOString().slice(0, 19);
        expect(due.sendAt).toBe(parseTime(wanted, zone)?.epochMilliseconds);
        const off = Date.parse(`${wallClock(due.sendAt, zone)}Z`) - Date.parse(`${wanted}Z`);
        // In a gap the local time does not exist: then it is later by at most the gap.
        expect(off === 0 || (off > 0 && off <= 3_600_000)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('go back from a local time that the clocks skip to that very time on the days before', () => {
    const gaps: [zone: string, local: string][] = [
      ['Africa/Cairo', '2027-04-30T00:30:00'],
      ['Europe/Berlin', '2027-03-28T02:30:00'],
      ['America/New_York', '2027-03-14T02:30:00'],
      ['Australia/Lord_Howe', '2027-10-03T02:15:00'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...gaps), fc.integer({ min: 1, max: 100 }), ([zone, local], lead_time_days) => {
        const due = dueTime({ target_date: local, lead_time_days, timezone: zone }, NOW);
        if ('errors' in due) throw new Error(due.errors[0]?.detail);
        const wanted = new Date(Date.parse(`${local}Z`) - lead_time_days * DAY_MS).toISOString().slice(0, 19);
        expect(wallClock(due.sendAt, zone)).toBe(wanted);
      }),
    );
  });

  it('are deterministic in text: any text is a time or refused, and never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        zones,
        (text, zone) => {
          expect(() => parseTime(text, zone)).not.toThrow();
        },
      ),
    );
  });
});
