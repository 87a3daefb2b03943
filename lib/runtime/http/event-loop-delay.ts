/**
 * How far behind its timers the event loop is, ms: what arrives waits at least as long.
 * `perf_hooks.monitorEventLoopDelay` counts a delay when it is over; this one says in the middle of
 * a long turn how late it is already.
 */
export interface EventLoopDelay {
  ms(): number;
  stop(): void;
}

const EVERY_MS = 100;

export const startEventLoopDelay = (): EventLoopDelay => {
  let expectedAt = performance.now() + EVERY_MS;
  let lastMs = 0;
  const measure = (): void => {
    const now = performance.now();
    lastMs = Math.max(0, now - expectedAt);
    expectedAt = now + EVERY_MS;
  };
  const timer = setInterval(measure, EVERY_MS).unref();
  return {
    ms: () => Math.max(lastMs, performance.now() - expectedAt),
    stop: () => clearInterval(timer),
  };
};
