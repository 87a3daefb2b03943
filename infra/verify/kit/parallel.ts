/** Calls `work` with 0..count-1, at most `limit` at once. Rejects with the first failure. */
export const inParallel = async <T>(
  count: number,
  limit: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> => {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, count) }, worker));
  return results;
};
