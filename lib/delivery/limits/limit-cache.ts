import type { Clock } from '../../platform/clock.ts';

export interface Cache<T> {
  /** As it was read at most `maxAgeMs` ago; those who ask at once share one read. Rejects when the read does, and keeps nothing then. */
  get(key: string): Promise<T>;
  /** What is known to be so now, by our own write. */
  set(key: string, value: T): void;
  drop(key: string): void;
}

/** The last `entriesMax` answers of `load`. A read that began before a `set` does not undo it. */
export const makeCache = <T>(options: {
  load: (key: string) => Promise<T>;
  maxAgeMs: number;
  entriesMax: number;
  clock: Pick<Clock, 'monotonic'>;
}): Cache<T> => {
  const { clock, entriesMax, load, maxAgeMs } = options;
  const entries = new Map<string, { value: Promise<T>; at: number }>();

  const put = (key: string, value: Promise<T>): Promise<T> => {
    const entry = { value, at: clock.monotonic() };
    entries.delete(key);
    entries.set(key, entry);
    value.catch(() => {
      if (entries.get(key) === entry) entries.delete(key);
    });
    const [oldest] = entries.keys();
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
    return value;
  };

  return {
    get: (key) => {
      const known = entries.get(key);
      return known && clock.monotonic() - known.at < maxAgeMs ? known.value : put(key, load(key));
    },
    set: (key, value) => void put(key, Promise.resolve(value)),
    drop: (key) => void entries.delete(key),
  };
};
