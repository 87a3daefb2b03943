/**
 * Does the work for each item, at most `max` of them at once. A failure ends its own line of work
 * and not those of the others; once all have ended, the first failure is thrown.
 */
export const forEachParallel = async <T>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const waiting = items.values();
  const workOn = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  const settled = await Promise.allSettled(Array.from({ length: max }, workOn));
  const failure = settled.find((one) => one.status === 'rejected');
  if (failure) throw failure.reason;
};
