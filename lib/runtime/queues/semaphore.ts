/** A limit on what is under way at once; one waits for room at a time. */
export interface Slots {
  /** Waits until there is room, and takes of it what is free, `max` at most. */
  take(max: number): Promise<number>;
  /** Takes what is free now, `max` at most: 0 when nothing is. */
  tryTake(max: number): number;
  give(count: number): void;
  taken(): number;
}

export const makeSlots = (count: number): Slots => {
  let free = count;
  let wake = (): void => {};
  const tryTake = (max: number): number => {
    const got = Math.min(free, max);
    free -= got;
    return got;
  };
  return {
    tryTake,
    take: async (max) => {
      for (;;) {
        const got = tryTake(max);
        if (got > 0) return got;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    give: (given) => {
      free += given;
      wake();
    },
    taken: () => count - free,
  };
};
