/** How often something may be asked for that others can provoke: a few times at once, since one change may follow on another, but not for each try. */

import type { Clock } from '../../platform/clock.ts';
import { elapsedFromNow } from '../../platform/stopwatch.ts';

/** True when it may be now, which is then counted. */
export type Quota = () => boolean;

/** `capacity` at once, and one more after each `refillMs`. */
export const makeQuota = (clock: Clock, capacity: number, refillMs: number): Quota => {
  let left = capacity;
  let sinceMs = elapsedFromNow(clock);
  return () => {
    left = Math.min(capacity, left + sinceMs() / refillMs);
    sinceMs = elapsedFromNow(clock);
    if (left < 1) return false;
    left -= 1;
    return true;
  };
};
