/** How far behind its timers the event loop is, ms: whatever arrives waits at least as long. */
export interface Lag {
  ms(): number;
  stop(): void;
}

const EVERY_MS = 100;

export const startLag = (): Lag => {
  let expectedAt = performance.now() + EVERY_MS;
  let lastMs = 0;
  const look = (): void => {
    const now = performance.now();
    lastMs = Math.max(0, now - expectedAt);
    expectedAt = now + EVERY_MS;
  };
  const timer = setInterval(look, EVERY_MS).unref();
  return {
    ms: () => Math.max(lastMs, performance.now() - expectedAt),
    stop: () => clearInterval(timer),
  };
};
