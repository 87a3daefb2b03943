import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  beginReport,
  confirmReport,
  costOf,
  failReport,
  openWindow,
  quotaOf,
  type RateWindow,
  remaining,
  take,
  WINDOW_MS,
  windowAt,
} from './rate-window.ts';

const quota = fc.integer({ min: 1, max: 400 });
/** Which of the processes a request comes to. */
const requests = (processes: number) => fc.array(fc.nat(processes - 1), { maxLength: 1_500 });
const scenario = fc
  .record({ quota, processes: fc.integer({ min: 1, max: 12 }) })
  .chain(({ quota, processes }) =>
    fc.record({ quota: fc.constant(quota), processes: fc.constant(processes), requests: requests(processes) }),
  );

const stepOf = (of: number): number => Math.ceil(of * 0.05);

it('one process lets in exactly the quota', () => {
  fc.assert(
    fc.property(quota, fc.nat(500), (size, more) => {
      const window = openWindow(1, size);
      const allowed = Array.from({ length: size + more }, () => take(window, 1)).filter(Boolean);
      expect(allowed).toHaveLength(size);
    }),
  );
});

it('all processes together let in the quota, and at most one step each beyond it', () => {
  fc.assert(
    fc.property(scenario, ({ quota, processes, requests }) => {
      const windows = Array.from({ length: processes }, () => openWindow(1, quota));
      let sum = 0;
      let allowed = 0;
      for (const at of requests) {
        const window = windows[at] as RateWindow;
        if (take(window, 1)) allowed += 1;
        const count = beginReport(window);
        if (count > 0) {
          sum += count;
          confirmReport(window, sum);
        }
      }
      expect(allowed).toBeGreaterThanOrEqual(Math.min(quota, requests.length));
      expect(allowed).toBeLessThanOrEqual(quota + processes * stepOf(quota));
    }),
  );
});

it('one process lets in the quota in units, and beyond it no more than the last request costs', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 500 });
  fc.assert(
    fc.property(quota, costs, (size, all) => {
      const window = openWindow(1, size);
      let used = 0;
      for (const cost of all) {
        const allowed = take(window, cost);
        expect(allowed).toBe(used < size);
        if (allowed) used += cost;
        expect(remaining(window)).toBe(Math.max(0, size - used));
      }
    }),
  );
});

it('a request costs a unit for each started 16 KB of its body, 1 at least and 64 at most', () => {
  const costs = [0, 1, 16_384, 16_385, 262_144, 10_000_000, Number.POSITIVE_INFINITY].map(costOf);
  expect(costs).toEqual([1, 1, 1, 2, 16, 64, 64]);
});

it('no request is refused before the quota is used up, whatever gets lost or late on the way to the store', () => {
  const steps = fc.array(
    fc.record({ at: fc.nat(3), fate: fc.constantFrom('arrives', 'late', 'is lost', 'its answer is lost') }),
    { maxLength: 800 },
  );
  fc.assert(
    fc.property(quota, steps, (size, all) => {
      const windows = Array.from({ length: 4 }, () => openWindow(1, size));
      const delayed: (() => void)[] = [];
      let sum = 0;
      let allowed = 0;
      for (const { at, fate } of all) {
        const window = windows[at] as RateWindow;
        if (take(window, 1)) allowed += 1;
        else expect(allowed).toBeGreaterThanOrEqual(size);
        const count = beginReport(window);
        if (fate !== 'is lost') sum += count;
        const confirmed = sum;
        if (count === 0) for (const arrive of delayed.splice(0)) arrive();
        else if (fate === 'arrives') confirmReport(window, confirmed);
        else if (fate === 'late') delayed.push(() => confirmReport(window, confirmed));
        else failReport(window);
        expect(remaining(window)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

it('a process that uses less than a step reports nothing', () => {
  fc.assert(
    fc.property(quota, (size) => {
      const window = openWindow(1, size);
      for (let n = 1; n < stepOf(size); n += 1) {
        take(window, 1);
        expect(beginReport(window)).toBe(0);
      }
    }),
  );
});

it('every time is in one window, the same for all', () => {
  expect([0, WINDOW_MS - 1, WINDOW_MS].map(windowAt)).toEqual([0, 0, 1]);
  expect(quotaOf(100)).toBe(1_000);
});
