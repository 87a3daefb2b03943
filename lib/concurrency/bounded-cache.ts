/** A map of at most so many entries: beyond that the one that was set or used longest ago is forgotten. */
interface BoundedCache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  /** The entry, made when there is none. */
  use(key: string, make: () => V): V;
  delete(key: string): void;
  size(): number;
}

/** @param isIdle false for what must not be forgotten now */
export const makeBoundedCache = <V>(
  entriesMax: number,
  isIdle: (value: V) => boolean = () => true,
): BoundedCache<V> => {
  const entries = new Map<string, V>();

  const forgetOne = (except: string): void => {
    for (const [key, value] of entries) {
      if (key === except || !isIdle(value)) continue;
      entries.delete(key);
      return;
    }
  };

  const set = (key: string, value: V): void => {
    entries.delete(key);
    entries.set(key, value);
    if (entries.size > entriesMax) forgetOne(key);
  };

  return {
    get: (key) => entries.get(key),
    set,
    use: (key, make) => {
      const value = entries.get(key) ?? make();
      set(key, value);
      return value;
    },
    delete: (key) => void entries.delete(key),
    size: () => entries.size,
  };
};
