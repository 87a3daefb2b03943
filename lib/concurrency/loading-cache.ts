import type { Clock } from '../platform/clock.ts';
import { makeBoundedCache } from './bounded-cache.ts';

interface LoadingCache<T> {
  /**
   * As it was read at most `maxAgeMs` ago; concurrent callers share one read. Rejects when the read
   * does, and keeps nothing then.
   */
  get(key: string): Promise<T>;
  /** What this process has just written. */
  set(key: string, value: T): void;
  drop(key: string): void;
}

/** The last `entriesMax` answers of `load`. A read that began before a `set` does not undo it. */
export const makeLoadingCache = <T>(options: {
  load: (key: string) => Promise<T>;
  maxAgeMs: number;
  entriesMax: number;
  clock: Pick<Clock, 'monotonic'>;
}): LoadingCache<T> => {
  const { clock, entriesMax, load, maxAgeMs } = options;
  const entries = makeBoundedCache<{ value: Promise<T>; at: number }>(entriesMax);

  const put = (key: string, value: Promise<T>): Promise<T> => {
    const entry = { value, at: clock.monotonic() };
    entries.set(key, entry);
    value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    return value;
  };

  return {
    get: (key) => {
      const known = entries.get(key);
      return known && clock.monotonic() - known.at < maxAgeMs ? known.value : put(key, load(key));
    },
    set: (key, value) => void put(key, Promise.resolve(value)),
    drop: entries.delete,
  };
};
