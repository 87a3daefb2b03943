/**
 * A token bucket: how often something may be done that callers can cause, a few times at once and
 * then at a steady rate.
 */
import type { Clock } from '../platform/clock.ts';
import { stopwatch } from '../platform/stopwatch.ts';

/** True when it may be done now; that takes a token. */
export type TokenBucket = () => boolean;

/** `capacity` tokens at once, and one more after each `refillMs`. */
export const makeTokenBucket = (clock: Clock, capacity: number, refillMs: number): TokenBucket => {
  let tokens = capacity;
  let sinceMs = stopwatch(clock);
  return () => {
    tokens = Math.min(capacity, tokens + sinceMs() / refillMs);
    sinceMs = stopwatch(clock);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};
