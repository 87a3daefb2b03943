import { expect, it } from 'vitest';
import { durationMs } from './duration.ts';

it.each([
  ['PT1S', 1_000],
  ['PT0.25S', 250],
  ['PT90M', 5_400_000],
  ['PT36H', 129_600_000],
  ['P1DT12H', 129_600_000],
  ['P2W', 1_209_600_000],
  ['P1W1DT1H1M1.001S', 694_861_001],
])('a duration of a fixed length: %s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

it.each([
  '',
  'P',
  'PT',
  'P1DT',
  'P1M',
  'P1Y',
  '1D',
  'p1d',
  'P-1D',
  '-P1D',
  'P1.5D',
  'PT1,5S',
  'PT1S1M',
  ' P1D',
  'P1D\n',
])('anything else is none: %j', (text) => {
  expect(durationMs(text)).toBeNaN();
});
