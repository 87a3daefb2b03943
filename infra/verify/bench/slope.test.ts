import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slopePerMinute } from './slope.ts';

test('the slope of a line is its own, per minute, wherever it starts', () => {
  const numbers = fc.double({ min: -1_000, max: 1_000, noNaN: true });
  fc.assert(
    fc.property(numbers, numbers, (from, perSecond) => {
      const samples = [0, 1, 2.5, 7, 60].map((at) => ({ at, value: from + perSecond * at }));
      expect(slopePerMinute(samples)).toBeCloseTo(perSecond * 60, 4);
    }),
  );
});

test('noise around a level is nearly flat, and one moment has no slope', () => {
  const samples = Array.from({ length: 100 }, (_, at) => ({ at, value: 50 + (at % 2) }));
  expect(Math.abs(slopePerMinute(samples))).toBeLessThan(0.1);
  expect(slopePerMinute([{ at: 1, value: 5 }])).toBeNaN();
});
