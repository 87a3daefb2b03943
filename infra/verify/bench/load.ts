/** Load: as fast as `concurrency` allows (closed loop), or at a rate whatever the answers do (open loop). */
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `work` for `seconds`, `concurrency` at a time; answers how often a second it was done. */
export const throughput = async (
  options: { seconds: number; concurrency: number },
  work: () => Promise<unknown>,
): Promise<number> => {
  const startedAt = performance.now();
  const endsAt = startedAt + options.seconds * 1_000;
  let done = 0;
  const runner = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, runner));
  return done / ((performance.now() - startedAt) / 1_000);
};

/**
 * Starts `work` at planned times, `perSecond` of them, and measures from the planned time, so that waiting
 * for a slow answer counts against those behind it (no coordinated omission). Latencies in ms.
 */
export const openLoop = async (
  options: { seconds: number; perSecond: number },
  work: (sincePlannedMs: () => number) => Promise<unknown>,
): Promise<number[]> => {
  const latencies: number[] = [];
  const under: Promise<void>[] = [];
  const count = options.seconds * options.perSecond;
  const startedAt = performance.now() + 10;
  for (let index = 0; index < count; index += 1) {
    const planned = startedAt + (index * 1_000) / options.perSecond;
    const early = planned - performance.now();
    if (early > 0) await sleep(early);
    const sincePlannedMs = (): number => performance.now() - planned;
    under.push(work(sincePlannedMs).then(() => void latencies.push(sincePlannedMs())));
  }
  await Promise.all(under);
  return latencies;
};
