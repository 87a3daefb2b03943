/**
 * Everything at full rate for ten minutes, and for five before that count for nothing: does any
 * process grow?
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { attackUntil } from './abuse/background.ts';
import { warmUp } from './deliveries.ts';
import { anonymousMb } from './processes.ts';
import { startReceiver } from './receiver-process.ts';
import type { Figure, Row } from './row.ts';
import { type Sample, slopePerMinute } from './slope.ts';
import { soakLoad } from './soak-load.ts';
import { type BenchStack, clientAt, withStack } from './stack.ts';
import { min, shown } from './stats.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 15);
/**
 * What comes before is filling caches, compiling, and the first collections of all garbage, which
 * say how much is alive at once.
 */
const SETTLED_AFTER_S = Math.min(300, MINUTES * 20);
const SAMPLE_MS = 2_000;
/** The lowest of a window, in which garbage has been collected at least once, says what is really held. */
const WINDOW_S = Math.min(30, MINUTES * 4);
const SLOPE_MAX_MB = 1;
const PROCESSES = ['main', 'aws', 'service'] as const;

interface Memory {
  [name: string]: Sample[];
}

const heapOfService = async (stack: BenchStack): Promise<number> => {
  const { text } = await stack.client.call('GET', '/metrics');
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]) / 1e6;
};

const heapOfAws = async (stack: BenchStack): Promise<number> => {
  const health = (await (await fetch(`${stack.awsUrl}/_local/health`)).json()) as { heap_used_bytes: number };
  return health.heap_used_bytes / 1e6;
};

const sampleUntil = async (stack: BenchStack, isOver: () => boolean): Promise<Memory> => {
  const memory: Memory = {};
  const startedAt = performance.now();
  const add = (name: string, value: number): void => {
    memory[name] ??= [];
    memory[name].push({ at: (performance.now() - startedAt) / 1_000, value });
  };
  while (!isOver()) {
    const pids = stack.pids();
    for (const name of PROCESSES) add(`${name} RSS less mapped files`, anonymousMb(pids[name]));
    add('aws heap', await heapOfAws(stack));
    add('service heap', await heapOfService(stack));
    await sleep(SAMPLE_MS);
  }
  return memory;
};

/** The lowest of each window, once things have settled. */
const floors = (samples: Sample[]): Sample[] => {
  const settled = samples.filter(({ at }) => at >= SETTLED_AFTER_S);
  const windows = Map.groupBy(settled, ({ at }) => Math.floor(at / WINDOW_S));
  return [...windows.values()].map((window) => ({
    at: window[0]?.at ?? 0,
    value: min(window.map(({ value }) => value)),
  }));
};

const figureOf = ([name, samples]: [string, Sample[]]): Figure => {
  const held = floors(samples);
  const slope = slopePerMinute(held);
  return {
    what: `${name} over ${shown(MINUTES)} min of everything at full rate`,
    goal: `flat: <= ${SLOPE_MAX_MB} MB a minute after the first ${shown(SETTLED_AFTER_S)} s`,
    measured: `${shown(slope)} MB a minute (${shown(held[0]?.value ?? Number.NaN)} -> ${shown(held.at(-1)?.value ?? Number.NaN)} MB)`,
    met: slope <= SLOPE_MAX_MB,
  };
};

export const soak: Row = async ({ say, underAttack }) => {
  const receiver = await startReceiver();
  try {
    return await withStack(async (stack) => {
      await warmUp(stack, receiver);
      const endsAt = performance.now() + MINUTES * 60_000;
      const isOver = (): boolean => performance.now() >= endsAt;
      say(`everything at full rate for ${MINUTES} min${underAttack ? ', under attack' : ''}`);
      const client = clientAt(stack.apiUrl);
      const [memory, done, attacks] = await Promise.all([
        sampleUntil(stack, isOver),
        soakLoad(client, receiver, isOver),
        underAttack ? attackUntil(stack.apiUrl, client, isOver) : undefined,
      ]);
      client.close();
      const { unexpected, ...counts } = done;
      const rates = Object.entries(counts).map(([what, count]) => `${shown(count / (MINUTES * 60))} ${what}`);
      const others = Object.entries(unexpected).map(([what, count]) => `${count} x ${what}`);
      return {
        figures: Object.entries(memory).map(figureOf),
        notes: [
          `A second: ${rates.join(', ')}; answers that were not as expected: ${others.join(', ') || 'none'}. Each of the created goes out by e-mail, SMS and webhook, each published event by webhook; the canceled are due in 86 s or 30 days, alternately. At most 200 are in flight, so that a backlog is not taken for a leak. Lowest of each ${shown(WINDOW_S)} s, sampled every ${SAMPLE_MS / 1_000} s; MB are 10^6 bytes.`,
          ...(attacks ? [`Under attack meanwhile, as [abuse](#abuse) describes, alternately: ${attacks}.`] : []),
        ],
      };
    });
  } finally {
    await receiver.close();
  }
};
