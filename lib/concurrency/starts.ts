/**
 * Spreads the beginnings of much work over turns of the event loop, so that what waits for one of
 * them waits for a few.
 * @param beginMs how long work may begin per turn
 * @returns resolves once the next piece may begin
 */
export const makeStarts = (beginMs: number): (() => Promise<void>) => {
  const waiting: (() => void)[] = [];
  let until: number | undefined;
  // What one begins, up to its first real wait, is done before the next immediate of the same turn.
  const begin = (): void => {
    if (until === undefined) {
      until = performance.now() + beginMs;
      setImmediate(() => {
        until = undefined;
      });
    } else if (performance.now() > until) {
      setImmediate(begin);
      return;
    }
    waiting.shift()?.();
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      setImmediate(begin);
    });
};
