import { expect, it } from 'vitest';
import { quantile } from '../kit/quantile.ts';
import { median, shown, showSpread, spread } from './stats.ts';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

it('takes quantiles by nearest rank, of values in any order', () => {
  expect([quantile(hundred, 0), median(hundred), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([
    1, 50, 99, 100,
  ]);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});

it('shows about three digits', () => {
  expect([4.2749, 12.83, 1304.4, 0].map(shown)).toEqual(['4.27', '12.8', '1,304', '0']);
  expect(showSpread(spread(hundred))).toBe('p50 50, p99 99, max 100 ms');
});
