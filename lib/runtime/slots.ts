/** A limit on what runs at once. */
export interface Slots {
  /** Waits for a free slot. */
  take(): Promise<void>;
  /** Takes a slot if one is free now. */
  tryTake(): boolean;
  give(): void;
  taken(): number;
}

export const makeSlots = (count: number): Slots => {
  let free = count;
  const waiting: (() => void)[] = [];
  const tryTake = (): boolean => {
    if (free === 0) return false;
    free -= 1;
    return true;
  };
  return {
    tryTake,
    take: () => (tryTake() ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
    give: () => {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    },
    taken: () => count - free,
  };
};
