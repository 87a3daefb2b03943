/** Whether this process is the bottleneck: whether its event loop has hardly been idle recently. */
export interface EventLoopUtilization {
  isHigh(): boolean;
}

const HIGH = 0.9;
const WINDOW_MS = 50;

export const makeEventLoopUtilization = (): EventLoopUtilization => {
  let from = performance.eventLoopUtilization();
  let at = performance.now();
  let isHigh = false;
  return {
    isHigh: () => {
      if (performance.now() - at < WINDOW_MS) return isHigh;
      const now = performance.eventLoopUtilization();
      isHigh = performance.eventLoopUtilization(now, from).utilization > HIGH;
      from = now;
      at = performance.now();
      return isHigh;
    },
  };
};
