/**
 * The counting behind the rate limit, pure. Windows of 10 s, the same for every process by the wall clock; the quota of a
 * window is 10 times the limit, and may be used up in one go.
 *
 * A process counts by itself and tells the others only after each further 5 % of the quota (a step), hearing the sum in answer.
 * What it knows is never more than was really used, so nobody is refused early; and each of N processes can let in one step,
 * and what arrives while its count is under way, before it hears that the quota is used up. So one window lets in at most
 * quota + N steps + what was under way; whoever uses less than a step per process and window costs no write. Across the edge of
 * two windows a caller may have both quotas in one go.
 *
 * A request costs one unit for each started 16 KB of its body. It is let in while one unit is left,
 * and may then cost more than what is left: a quota of less than 16 units must not make large
 * bodies impossible.
 */
export const WINDOW_MS = 10_000;
const SHARE_OF_QUOTA = 0.05;

export interface RateWindow {
  /** Which one: wall-clock time / 10 s. */
  readonly index: number;
  readonly quota: number;
  /** The sum of what all processes told, as last heard. */
  heard: number;
  /** Let in by this process and being told. */
  telling: number;
  /** Let in by this process and not told yet. */
  untold: number;
}

const BYTES_PER_UNIT = 16_384;
/** Of the largest body that a route takes (256 KB). */
const UNITS_MAX = 16;

/** The units of a request. @param bytes of its body */
export const costOf = (bytes: number): number => Math.min(Math.max(Math.ceil(bytes / BYTES_PER_UNIT), 1), UNITS_MAX);

export const windowAt = (realMs: number): number => Math.floor(realMs / WINDOW_MS);

export const quotaOf = (perSecond: number): number => (perSecond * WINDOW_MS) / 1000;

export const openWindow = (index: number, quota: number): RateWindow => ({
  index,
  quota,
  heard: 0,
  telling: 0,
  untold: 0,
});

const stepOf = ({ quota }: RateWindow): number => Math.ceil(quota * SHARE_OF_QUOTA);

export const remaining = ({ quota, heard, telling, untold }: RateWindow): number =>
  Math.max(0, quota - heard - telling - untold);

/** Lets a request of so many units in, or not. */
export const take = (window: RateWindow, cost: number): boolean => {
  if (remaining(window) === 0) return false;
  window.untold += cost;
  return true;
};

/** How many are to be told now, 0 for none yet. One tale at a time: the next waits for the answer. */
export const beginTelling = (window: RateWindow): number => {
  if (window.telling > 0 || window.untold < stepOf(window)) return 0;
  window.telling = window.untold;
  window.untold = 0;
  return window.telling;
};

/** The sum came back. */
export const told = (window: RateWindow, sum: number): void => {
  window.heard = Math.max(window.heard, sum);
  window.telling = 0;
};

/** Nobody answered: what this process let in still counts here. It is not told again, as it may have arrived. */
export const notTold = (window: RateWindow): void => {
  window.heard += window.telling;
  window.telling = 0;
};
