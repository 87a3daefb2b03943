/** Memory and processor time of the two processes that an attack may hurt. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs, rssMb } from '../processes.ts';
import type { BenchStack } from '../stack.ts';
import { max, min } from '../stats.ts';
import type { Measured, Memory } from './outcome.ts';

const EVERY_MS = 100;
/** Time for connections to end and garbage to go; then the lowest of the last samples is what is kept. */
const SETTLE_MS = 2_000;
const LAST = 10;

type Watched = Pick<Measured, 'serviceMb' | 'awsMb' | 'cpuSeconds' | 'seconds'>;

const memoryOf = (samples: number[]): Memory => ({
  before: samples[0] ?? Number.NaN,
  peak: max(samples),
  after: min(samples.slice(-LAST)),
});

export const startWatch = (stack: BenchStack) => {
  const { service, aws } = stack.pids();
  const samples = { service: [rssMb(service)], aws: [rssMb(aws)] };
  const cpu = () => ({ service: cpuMs(service) / 1_000, aws: cpuMs(aws) / 1_000 });
  const before = cpu();
  const startedAt = performance.now();
  let ended: unknown;
  const timer = setInterval(() => {
    try {
      samples.service.push(rssMb(service));
      samples.aws.push(rssMb(aws));
    } catch (error) {
      ended = error;
    }
  }, EVERY_MS);

  return {
    /**
     * Processor time up to now, memory until some seconds later. Rejects when one of the processes
     * has ended.
     */
    stop: async (): Promise<Watched> => {
      if (ended) throw new Error('A process of the stack ended', { cause: ended });
      const now = cpu();
      const cpuSeconds = { service: now.service - before.service, aws: now.aws - before.aws };
      const seconds = (performance.now() - startedAt) / 1_000;
      await sleep(SETTLE_MS);
      if (ended) throw new Error('A process of the stack ended', { cause: ended });
      return { cpuSeconds, seconds, serviceMb: memoryOf(samples.service), awsMb: memoryOf(samples.aws) };
    },
    cancel: (): void => clearInterval(timer),
  };
};
