/** Where the processor time of a POST and of a delivery goes, by part, from a profile of the very run. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../kit/parallel.ts';
import { allArrived, warmUp } from './deliveries.ts';
import { create } from './notifications.ts';
import { AWS_PARTS, type Parts, SERVICE_PARTS, sharesOf } from './profile-parts.ts';
import { INSPECTABLE, inspect } from './profiler.ts';
import { startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { type BenchStack, cpuOf, withDirectory, withStackIn } from './stack.ts';
import { shown } from './stats.ts';

const COUNT = 3_000;
const CONCURRENCY = 8;
const WARM_UP = 1_000;
/** Creating takes some seconds. */
const LEAD_MS = 30_000;
const PATIENCE_MS = 60_000;

interface Cost {
  /** ms of processor time each. */
  all: number;
  parts: Map<string, number>;
}

type Costs = Record<'service' | 'aws', Cost>;
const PROCESSES: Record<keyof Costs, Parts> = { service: SERVICE_PARTS, aws: AWS_PARTS };
const NAMES: Record<keyof Costs, string> = { service: 'the service', aws: 'the local AWS' };

/** Of both processes, while `work` is done `count` times. */
const costsOf = async (stack: BenchStack, count: number, work: () => Promise<unknown>): Promise<Costs> => {
  const names = ['service', 'aws'] as const;
  const pids = stack.pids();
  const inspected = await Promise.all(names.map((name) => inspect(pids[name], join(stack.dataDir, `${name}.log`))));
  await Promise.all(inspected.map(({ start }) => start()));
  const used = await cpuOf(stack, count, work);
  const profiles = await Promise.all(inspected.map(({ stop }) => stop()));
  for (const { close } of inspected) close();
  const costs = names.map((name, index): [string, Cost] => {
    const [all, profile] = [used[name], profiles[index]];
    const shares = profile ? sharesOf(profile, PROCESSES[name]) : new Map<string, number>();
    return [name, { all, parts: new Map([...shares].map(([part, share]) => [part, share * all])) }];
  });
  return Object.fromEntries(costs) as Costs;
};

const postAll = (stack: BenchStack, dueAt: number, webhook_url: string): Promise<unknown> =>
  inParallel(COUNT, CONCURRENCY, (index) =>
    create(stack.client, { entity_id: `user-${index}`, webhook_url, send_at: new Date(dueAt).toISOString() }),
  );

const table = (costs: Record<string, Costs>, of: keyof Costs): string => {
  const columns = Object.keys(costs);
  const parts = [...new Set(columns.flatMap((name) => [...(costs[name]?.[of].parts.keys() ?? [])]))];
  const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (name: string, part: string): string => shown(costs[name]?.[of].parts.get(part) ?? 0);
  return [
    row([`${NAMES[of]}, ms`, ...columns]),
    row(['---', ...columns.map(() => '---')]),
    ...parts.map((part) => row([part, ...columns.map((name) => cell(name, part))])),
    row(['all', ...columns.map((name) => shown(costs[name]?.[of].all ?? 0))]),
  ].join('\n');
};

export const profile: Row = async ({ say }) => {
  const receiver = await startReceiver();
  try {
    return await withDirectory((dataDir) =>
      withStackIn(
        dataDir,
        async (stack) => {
          await warmUp(stack, receiver, WARM_UP);
          const dueAt = Math.ceil((Date.now() + LEAD_MS) / 1_000) * 1_000;
          say(`${COUNT} POSTs, due within 15 minutes`);
          const post = await costsOf(stack, COUNT, () => postAll(stack, dueAt, receiver.url));
          await sleep(dueAt - 1_000 - Date.now());
          say(`${COUNT} webhooks due at once`);
          const delivery = await costsOf(stack, COUNT, () => allArrived(receiver, COUNT, dueAt + PATIENCE_MS));
          const costs = { 'a POST': post, 'a delivery': delivery };
          return {
            figures: Object.entries(costs).map(([what, { service, aws }]) => ({
              what: `CPU of ${what}: the service, the local AWS`,
              goal: 'stated',
              measured: `${shown(service.all)} ms, ${shown(aws.all)} ms`,
            })),
            notes: [
              `${COUNT.toLocaleString('en-US')} of each, ${CONCURRENCY} POSTs at once. User and system time of each process, divided by the shares of its CPU profile; a sample counts for the innermost frame that has a part. Profiling itself costs some percent.`,
              table(costs, 'service'),
              table(costs, 'aws'),
            ],
          };
        },
        INSPECTABLE,
      ),
    );
  } finally {
    await receiver.close();
  }
};
