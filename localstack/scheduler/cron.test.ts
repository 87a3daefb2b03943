import { describe, expect, it } from 'vitest';
import { parseExpression } from './expression.ts';

/** The first times after an instant, as wall time with offset, to the minute. */
const times = (expression: string, zone: string, after: string, count = 4) => {
  const parsed = parseExpression(expression, zone);
  if (parsed?.kind !== 'cron') throw new Error(`${expression} is no cron expression`);
  const found: string[] = [];
  let from = Date.parse(after);
  for (let n = 0; n < count; n += 1) {
    const next = parsed.next(from);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    from = next;
  }
  return found;
};

describe('what each form of a field means', () => {
  const after = '2026-11-22T10:00:00Z'; // a Sunday
  it.each([
    ['cron(0 10 * * ? *)', ['2026-11-23T10:00', '2026-11-24T10:00']],
    ['cron(15/20 8-9 ? * MON-FRI *)', ['2026-11-23T08:15', '2026-11-23T08:35', '2026-11-23T08:55', '2026-11-23T09:15']],
    ['cron(0 0 ? * 1 *)', ['2026-11-29T00:00', '2026-12-06T00:00']], // 1 = SUN
    ['cron(0 0 ? * 7 *)', ['2026-11-28T00:00']],
    ['cron(0 0 ? * L *)', ['2026-11-28T00:00']],
    ['cron(0 0 ? * sun,wed *)', ['2026-11-25T00:00', '2026-11-29T00:00', '2026-12-02T00:00']],
    ['cron(0 0 ? * 6L *)', ['2026-11-27T00:00', '2026-12-25T00:00']], // last Friday
    ['cron(0 0 ? * FRIL *)', ['2026-11-27T00:00', '2026-12-25T00:00']],
    ['cron(0 0 ? * 2#5 *)', ['2026-11-30T00:00', '2027-03-29T00:00']], // fifth Monday
    ['cron(0 0 ? * MON#1 *)', ['2026-12-07T00:00', '2027-01-04T00:00']],
    ['cron(0 0 L * ? *)', ['2026-11-30T00:00', '2026-12-31T00:00', '2027-01-31T00:00', '2027-02-28T00:00']],
    ['cron(0 0 LW * ? *)', ['2026-11-30T00:00', '2026-12-31T00:00', '2027-01-29T00:00']],
    ['cron(0 0 1W * ? *)', ['2026-12-01T00:00', '2027-01-01T00:00', '2027-02-01T00:00']],
    ['cron(0 0 1W 5 ? *)', ['2027-05-03T00:00']], // 1 May 2027 is a Saturday, and W stays in the month
    ['cron(0 0 29 FEB ? *)', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(0 0 1 1 ? 2030-2040/5)', ['2030-01-01T00:00', '2035-01-01T00:00', '2040-01-01T00:00']],
    ['cron(30 9 1 JAN-MAR ? 2027)', ['2027-01-01T09:30', '2027-02-01T09:30', '2027-03-01T09:30']],
    ['cron(0 0 1 1 ? 2026)', []],
    ['cron(0 0 30 2 ? *)', []],
  ])('%s', (expression, expected) => {
    expect(times(expression, 'UTC', after, Math.max(1, expected.length))).toEqual(expected);
  });
});

describe('daylight saving time', () => {
  it('a time that spring skips is skipped', () => {
    expect(times('cron(30 2 * * ? *)', 'America/New_York', '2027-03-13T00:00:00Z', 3)).toEqual([
      '2027-03-13T07:30',
      '2027-03-15T06:30',
      '2027-03-16T06:30',
    ]);
  });

  it('a time that autumn repeats runs once, the first time', () => {
    expect(times('cron(30 1 * * ? *)', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });

  it('also when asked from within the repeated hour', () => {
    expect(times('cron(30 1 * * ? *)', 'America/New_York', '2026-11-01T06:10:00Z', 1)).toEqual(['2026-11-02T06:30']);
  });

  it('the day stays the local one across the date line', () => {
    expect(times('cron(0 9 ? * MON *)', 'Pacific/Auckland', '2026-11-22T10:00:00Z', 2)).toEqual([
      '2026-11-22T20:00',
      '2026-11-29T20:00',
    ]);
  });

  it.each([
    ['at(2026-07-01T09:00:00)', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
    ['at(2027-03-28T02:30:00)', 'Europe/Berlin', '2027-03-28T01:30:00.000Z'], // in the gap: moved on
    ['at(2026-10-25T02:30:00)', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // in the overlap: the first
    ['at(2026-07-01T09:00:00)', 'Asia/Kathmandu', '2026-07-01T03:15:00.000Z'],
  ])('%s in %s', (expression, zone, expected) => {
    const parsed = parseExpression(expression, zone);
    expect(parsed?.kind === 'at' && new Date(parsed.at).toISOString()).toBe(expected);
  });
});
