import type { Clock } from '../platform/clock.ts';

/**
 * A clock that moves only by `advance` and `pass`. `advance` is a jump of business time alone;
 * `pass` lets both times go by.
 */
export const makeTestClock = (start = Date.parse('2026-03-01T12:00:00.000Z')) => {
  let real = start;
  let offset = 0;
  let jumpedTo = 0;
  return {
    now: () => real + offset,
    real: () => real,
    monotonic: () => real - start,
    jumpedTo: () => jumpedTo,
    pass: (ms: number): void => {
      real += ms;
    },
    advance: (ms: number): void => {
      offset += ms;
      jumpedTo = real + offset;
    },
  } satisfies Clock & Record<string, unknown>;
};
export type TestClock = ReturnType<typeof makeTestClock>;
