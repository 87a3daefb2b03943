import type { Clock } from './clock.ts';

/**
 * Milliseconds since now, whenever asked: the larger of wall clock and monotonic. A wall clock may
 * be set back, and the other stands still while Lambda freezes the process.
 */
export const stopwatch = (clock: Clock): (() => number) => {
  const began = { real: clock.real(), monotonic: clock.monotonic() };
  return () => Math.max(clock.real() - began.real, clock.monotonic() - began.monotonic);
};
