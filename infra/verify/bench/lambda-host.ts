/**
 * One Lambda environment: a handler in a process of its own, one invocation at a time. A child of
 * the bench.
 */
import { randomUUID } from 'node:crypto';
import { useClock } from '../../../lib/platform/clock.ts';
import { openClock } from '../../../localstack/clock.ts';

interface ToHost {
  event: unknown;
}
export type FromHost = { kind: 'ready' } | { kind: 'done'; result: unknown; cpuMs: number; wallMs: number };

const timeoutMs = Number(process.env.BENCH_TIMEOUT_MS);
useClock(openClock(process.env.DATA_DIR ?? ''));
const { handler } = await import(process.env.BENCH_HANDLER ?? '');

process.on('message', async ({ event }: ToHost) => {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const context = {
    awsRequestId: randomUUID(),
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => timeoutMs - (performance.now() - startedAt),
  };
  const result = await handler(event, context);
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({
    kind: 'done',
    result,
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now() - startedAt,
  } satisfies FromHost);
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' } satisfies FromHost);
