/**
 * How far behind its timers the event loop is, in ms, also in the middle of a long turn;
 * `perf_hooks.monitorEventLoopDelay` counts a delay only when it is over.
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
