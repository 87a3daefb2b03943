/**
 * The outcome of the work, or a rejection when it takes longer. The work itself goes on: a caller
 * that minds its late failure catches it.
 * @param late makes the error of the rejection
 */
export const withTimeout = async <T>(
  work: Promise<T>,
  timeoutMs: number,
  late = () => new Error(`not done within ${timeoutMs} ms`),
): Promise<T> => {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), timeoutMs);
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
};
