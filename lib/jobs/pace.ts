import type { Clock } from '../platform/clock.ts';

/** Hands out starting times, evenly spaced. */
export const makePace = (
  { clock, sleep }: { clock: Pick<Clock, 'monotonic'>; sleep(ms: number): Promise<unknown> },
  perSecond: number,
) => {
  let free = clock.monotonic();
  return async (): Promise<void> => {
    const now = clock.monotonic();
    const at = Math.max(free, now);
    free = at + 1000 / perSecond;
    if (at > now) await sleep(at - now);
  };
};
