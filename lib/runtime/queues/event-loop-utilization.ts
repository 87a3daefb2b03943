/** Whether this process is the bottleneck: its event loop has hardly waited for anything of late. */
export interface Pressure {
  busy(): boolean;
}

const BUSY = 0.9;
const WINDOW_MS = 50;

export const makePressure = (): Pressure => {
  let from = performance.eventLoopUtilization();
  let at = performance.now();
  let busy = false;
  return {
    busy: () => {
      if (performance.now() - at < WINDOW_MS) return busy;
      const now = performance.eventLoopUtilization();
      busy = performance.eventLoopUtilization(now, from).utilization > BUSY;
      from = now;
      at = performance.now();
      return busy;
    },
  };
};
