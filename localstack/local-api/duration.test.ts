import { describe, expect, it } from 'vitest';
import { parseAdvance } from './duration.ts';

const at = (now: string) => ({ now: Date.parse(now), real: Date.parse(now) });
const day = 86_400_000;

describe('an ISO 8601 duration', () => {
  it.each([
    ['P7D', '2026-01-01T00:00:00Z', 7 * day],
    ['PT90S', '2026-01-01T00:00:00Z', 90_000],
    ['PT0.25S', '2026-01-01T00:00:00Z', 250],
    ['P2W', '2026-01-01T00:00:00Z', 14 * day],
    ['P1M', '2026-02-01T00:00:00Z', 28 * day],
    ['P1M', '2028-02-01T00:00:00Z', 29 * day],
    ['P1M', '2026-01-31T00:00:00Z', 28 * day],
    ['P1Y', '2027-03-01T00:00:00Z', 366 * day],
    ['P1Y2M', '2026-01-01T00:00:00Z', (365 + 31 + 28) * day],
  ])('%s from %s is counted by the calendar', (text, now, milliseconds) => {
    expect(parseAdvance(text, at(now))).toEqual({ ok: true, milliseconds });
  });
});

describe('a refused duration', () => {
  it.each([
    ['-P7D', /negative/],
    ['PT0S', /at least one millisecond/],
    ['PT0.0001S', /at least one millisecond/],
    ['7 days', /ISO 8601/],
    ['', /ISO 8601/],
    ['P', /ISO 8601/],
    ['P101Y', /100 years/],
    ['P999999Y', /100 years/],
    [`P${'9'.repeat(400)}D`, /ISO 8601|100 years/],
    [7, /in a string/],
    [undefined, /in a string/],
  ])('%s says why', (value, reason) => {
    const result = parseAdvance(value, at('2026-01-01T00:00:00Z'));
    expect(result.ok ? '' : result.reason).toMatch(reason);
  });

  it('is one beyond the horizon, also after many advances', () => {
    const real = Date.parse('2026-01-01T00:00:00Z');
    const result = parseAdvance('P2Y', { now: Date.parse('2125-01-01T00:00:00Z'), real });
    expect(result).toMatchObject({ ok: false });
  });
});
