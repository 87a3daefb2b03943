/**
 * A semaphore that is taken in portions: as many permits as are free, up to a maximum. At most one
 * caller waits at a time.
 */
interface Semaphore {
  /** Waits until a permit is free, and takes up to `max`. */
  acquire(max: number): Promise<number>;
  /** Takes up to `max` of what is free now: 0 when nothing is. */
  tryAcquire(max: number): number;
  release(count: number): void;
  held(): number;
}

export const makeSemaphore = (permits: number): Semaphore => {
  let free = permits;
  let wake = (): void => {};
  const tryAcquire = (max: number): number => {
    const taken = Math.min(free, max);
    free -= taken;
    return taken;
  };
  return {
    tryAcquire,
    acquire: async (max) => {
      for (;;) {
        const taken = tryAcquire(max);
        if (taken > 0) return taken;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    release: (count) => {
      free += count;
      wake();
    },
    held: () => permits - free,
  };
};
