/** One time: business time is wall-clock time everywhere but in the local stack. */
export const systemClock: Clock = {
  now: () => Date.now(),
  real: () => Date.now(),
  monotonic: () => performance.now(),
  jumpedTo: () => 0,
};

let current: Clock = systemClock;

/** The clock of this process. It delegates: code that holds it sees the one installed later. */
export const clock: Clock = {
  now: () => current.now(),
  real: () => current.real(),
  monotonic: () => current.monotonic(),
  jumpedTo: () => current.jumpedTo(),
};

/** Installs another clock: the local stack's virtual one, or a test's. Never called by deployed code. */
export const useClock = (next: Clock): void => {
  current = next;
};

/** By so much the clocks of hosts may differ, ms. */
export const CLOCKS_DIFFER_MS = 5_000;

/** Two times. Only the local stack makes them differ: there `now` can be advanced, `real` never. */
export interface Clock {
  /** Business time: due times, delays, schedules, TTL. */
  now(): number;
  /**
   * Wall-clock time: leases, timeouts, signatures. Nothing that protects work in progress may jump
   * with `now`.
   */
  real(): number;
  /** Monotonic milliseconds, to measure elapsed time when the wall clock may step. */
  monotonic(): number;
  /**
   * The business time up to which the last advance jumped (0 when there was none): what was due
   * before it is late by the advance.
   */
  jumpedTo(): number;
}
