/**
 * The counting behind the rate limit, pure, in windows of 10 s by the wall clock. What one window lets in at
 * most, and why: lib/README.md, Decisions.
 */
export const WINDOW_MS = 10_000;
const SHARE_OF_QUOTA = 0.05;

export interface RateWindow {
  /** Which one: wall-clock time / 10 s. */
  readonly index: number;
  readonly quota: number;
  /** The sum of what all processes reported, as last answered. */
  confirmed: number;
  /** Let in by this process, and being reported. */
  reporting: number;
  /** Let in by this process, and not reported yet. */
  unreported: number;
}

const BYTES_PER_UNIT = 16_384;
/** Of the largest body that a route takes (1 MB). */
const UNITS_MAX = 64;

/** The units of a request. @param bytes of its body */
export const costOf = (bytes: number): number => Math.min(Math.max(Math.ceil(bytes / BYTES_PER_UNIT), 1), UNITS_MAX);

export const windowAt = (realMs: number): number => Math.floor(realMs / WINDOW_MS);

export const quotaOf = (perSecond: number): number => (perSecond * WINDOW_MS) / 1000;

export const openWindow = (index: number, quota: number): RateWindow => ({
  index,
  quota,
  confirmed: 0,
  reporting: 0,
  unreported: 0,
});

const stepOf = ({ quota }: RateWindow): number => Math.ceil(quota * SHARE_OF_QUOTA);

export const remaining = ({ quota, confirmed, reporting, unreported }: RateWindow): number =>
  Math.max(0, quota - confirmed - reporting - unreported);

/** Lets a request of so many units in, or not. */
export const take = (window: RateWindow, cost: number): boolean => {
  if (remaining(window) === 0) return false;
  window.unreported += cost;
  return true;
};

/** How many are to be reported now, 0 for none yet. One report at a time: the next waits for the answer. */
export const beginReport = (window: RateWindow): number => {
  if (window.reporting > 0 || window.unreported < stepOf(window)) return 0;
  window.reporting = window.unreported;
  window.unreported = 0;
  return window.reporting;
};

/** The answer is the sum. */
export const confirmReport = (window: RateWindow, sum: number): void => {
  window.confirmed = Math.max(window.confirmed, sum);
  window.reporting = 0;
};

/**
 * Without an answer: what this process let in still counts here. It is not reported again, as it
 * may have arrived.
 */
export const failReport = (window: RateWindow): void => {
  window.confirmed += window.reporting;
  window.reporting = 0;
};
