/**
 * A limit on what is under way at once, whose waiting places are taken in turns: each group waits in a row of its own, first come,
 * first served, and the rows are served one after the other. However much one group brings, another's first waits for one of each.
 */
export type Turns = <T>(group: string, work: () => Promise<T>) => Promise<T>;

/** @param places how much may be under way at once; none stays free while anybody waits */
export const makeTurns = (places: number): Turns => {
  /** The first row is served next. None is empty. */
  const rows = new Map<string, (() => void)[]>();
  let free = places;

  const wait = (group: string): Promise<void> =>
    new Promise((resolve) => {
      const row = rows.get(group);
      if (row) row.push(resolve);
      else rows.set(group, [resolve]);
    });

  /** The place goes on to the row whose turn it is, and that row to the end. */
  const handOver = (): void => {
    const [first] = rows;
    if (!first) {
      free += 1;
      return;
    }
    const [group, row] = first;
    rows.delete(group);
    row.shift()?.();
    if (row.length > 0) rows.set(group, row);
  };

  return async (group, work) => {
    if (free > 0) free -= 1;
    else await wait(group);
    try {
      return await work();
    } finally {
      handOver();
    }
  };
};
