/** A limit on what each group has under way at once; beyond it nobody waits, but is refused. */

/** Rejects with what `full` makes when the group has as much under way already, and with what `work` rejects with. */
export type Room = <T>(group: string, work: () => Promise<T>) => Promise<T>;

/** @param max under way at once, of each group */
export const makeRoom = (max: number, full: () => Error): Room => {
  const underWay = new Map<string, number>();
  return async (group, work) => {
    const others = underWay.get(group) ?? 0;
    if (others >= max) throw full();
    underWay.set(group, others + 1);
    try {
      return await work();
    } finally {
      const left = (underWay.get(group) ?? 1) - 1;
      if (left > 0) underWay.set(group, left);
      else underWay.delete(group);
    }
  };
};
