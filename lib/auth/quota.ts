/** How often something may be asked for that others can provoke: a few times at once, since one change may follow on another, but not for each try. */
import { elapsedFromNow } from '../elapsed.ts';
import type { Clock } from '../ports.ts';

/** True when this is one of the first `max` within `windowMs`, which it then counts among. */
export type Quota = () => boolean;

export const makeQuota = (clock: Clock, max: number, windowMs: number): Quota => {
  let ages: (() => number)[] = [];
  return () => {
    ages = ages.filter((ageMs) => ageMs() < windowMs);
    if (ages.length >= max) return false;
    ages.push(elapsedFromNow(clock));
    return true;
  };
};
