import type { Clock } from './ports.ts';

/** One time: business time is wall-clock time everywhere but in the local stack. */
export const systemClock: Clock = {
  now: () => Date.now(),
  real: () => Date.now(),
  monotonic: () => performance.now(),
  jumpedTo: () => 0,
};

let current: Clock = systemClock;

/** The clock of this process. It delegates, so that whoever took it early still sees the one installed later. */
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
