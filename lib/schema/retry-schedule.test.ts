import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_SCHEDULE } from '../config.ts';
import { RETRY_AFTER_MAX_MS, retryDelayMs } from './retry-schedule.ts';

const scheduleSeconds = DEFAULT_RETRY_SCHEDULE.split(',').map(Number);

describe('the retry schedule', () => {
  it('is 0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h by default, and then used up', () => {
    const delays = Array.from({ length: 10 }, (_, n) => retryDelayMs({ scheduleSeconds }, n + 1, 0.5));
    const hours = [2, 5, 10, 14, 20, 24].map((count) => count * 3_600_000);
    expect(delays).toEqual([5_000, 300_000, 1_800_000, ...hours, undefined]);
  });

  it('jitters by 10 % at most, and never goes before a Retry-After of up to 24 h', () => {
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fraction,
        fc.nat(3 * RETRY_AFTER_MAX_MS),
        (attempts, jitter, asked) => {
          const plain = (scheduleSeconds[attempts] ?? 0) * 1000;
          const delay = retryDelayMs({ scheduleSeconds }, attempts, jitter) ?? Number.NaN;
          expect(delay).toBeGreaterThanOrEqual(plain * 0.9);
          expect(delay).toBeLessThanOrEqual(plain * 1.1);
          const honoured = retryDelayMs({ scheduleSeconds }, attempts, jitter, asked) ?? Number.NaN;
          expect(honoured).toBe(Math.max(delay, Math.min(asked, RETRY_AFTER_MAX_MS)));
        },
      ),
    );
  });
});
