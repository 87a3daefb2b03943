/** A limit on what each group has in flight; beyond it work is refused, and does not wait. */

/**
 * Rejects with what `full` makes when the group has as much in flight already, and with what `work`
 * rejects with.
 */
type KeyedLimit = <T>(group: string, work: () => Promise<T>) => Promise<T>;

/** @param max in flight of each group */
export const makeKeyedLimit = (max: number, full: () => Error): KeyedLimit => {
  const inFlight = new Map<string, number>();
  return async (group, work) => {
    const others = inFlight.get(group) ?? 0;
    if (others >= max) throw full();
    inFlight.set(group, others + 1);
    try {
      return await work();
    } finally {
      const left = (inFlight.get(group) ?? 1) - 1;
      if (left > 0) inFlight.set(group, left);
      else inFlight.delete(group);
    }
  };
};
