/** `npm start` on an installed tree: time to ready, memory then, memory after load. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../localstack/testing/stack.ts';
import { answerIfAny } from '../kit/client.ts';
import { until } from '../kit/until.ts';
import { deliver } from './deliveries.ts';
import { commandOf, rssMb, treeOf } from './processes.ts';
import { startReceiver } from './receiver-process.ts';
import type { Row } from './row.ts';
import { clientAt, memoryOf, withDirectory, withStack } from './stack.ts';
import { max, median, shown, sum } from './stats.ts';

const STARTS = 5;
const READY_WITHIN_MS = 60_000;
const LOAD = 3_000;
const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Start {
  readyMs: number;
  /** By process, npm's own and its shell's apart. */
  processes: { name: string; mb: number }[];
}

const untilReady = async (url: string): Promise<void> => {
  const client = clientAt(url);
  const isReady = async () => (await answerIfAny(client.call('GET', '/health/ready')))?.status === 200;
  await until('the stack is ready', isReady, { deadlineMs: READY_WITHIN_MS, everyMs: 10 }).finally(client.close);
};

const NAMES: Record<string, string> = { start: 'main', 'aws-child': 'aws', 'service-child': 'service' };
const nameOf = (pid: number): string =>
  NAMES[/localstack\/(?:entrypoints\/)?([\w-]+)\./.exec(commandOf(pid))?.[1] ?? ''] ?? 'npm';

/** A new folder each time, so that what is provisioned at a first start is part of it. */
const startOnce = (): Promise<Start> =>
  withDirectory(async (dataDir) => {
    const port = await freePort();
    const env = { ...process.env, PORT: String(port), LOCAL_AWS_PORT: String(await freePort()), DATA_DIR: dataDir };
    const startedAt = performance.now();
    const npm = spawn('npm', ['start'], { cwd: root, env, stdio: 'ignore', detached: true });
    const exited = once(npm, 'exit');
    try {
      await untilReady(`http://127.0.0.1:${port}`);
      const readyMs = performance.now() - startedAt;
      const processes = treeOf(npm.pid ?? 0).map((pid) => ({ name: nameOf(pid), mb: rssMb(pid) }));
      return { readyMs, processes };
    } finally {
      process.kill(-(npm.pid ?? 0), 'SIGTERM'); // its own process group: npm, its shell and the stack
      await exited;
      await untilGone(npm.pid ?? 0);
    }
  });

const untilGone = async (group: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(-group, 0);
    } catch {
      return; // ESRCH: none of the group is left
    }
    await sleep(50);
  }
};

const memoryAfterLoad = async (): Promise<ReturnType<typeof memoryOf>> => {
  const receiver = await startReceiver();
  try {
    return await withStack(async (stack) => {
      const due = Date.now() + 30_000;
      await deliver(stack, receiver, {
        count: LOAD,
        entityId: 'load',
        dueAt: () => due,
        concurrency: 16,
        patienceMs: 60_000,
      });
      return memoryOf(stack);
    });
  } finally {
    await receiver.close();
  }
};

export const start: Row = async ({ say }) => {
  const starts: Start[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    starts.push(await startOnce());
    say(`ready after ${shown((starts.at(-1)?.readyMs ?? 0) / 1_000)} s`);
  }
  const ready = starts.map(({ readyMs }) => readyMs / 1_000);
  const mbOf = (name: string): number => {
    const named = starts.map(({ processes }) => processes.filter((each) => each.name === name).map(({ mb }) => mb));
    if (named.some((found) => found.length === 0)) throw new Error(`A start had no process ${name}`);
    return median(named.map(sum));
  };
  const [main, aws, service, npm] = ['main', 'aws', 'service', 'npm'].map(mbOf) as [number, number, number, number];
  const all = main + aws + service;
  say(`memory after ${LOAD} POSTs and deliveries`);
  const after = await memoryAfterLoad();
  return {
    figures: [
      {
        what: '`npm start` to ready, installed',
        goal: '<= 3 s',
        measured: `median ${shown(median(ready))}, max ${shown(max(ready))} s of ${STARTS}`,
        met: median(ready) <= 3,
      },
      {
        what: 'RSS in all at ready',
        goal: '<= 300 MB',
        measured: `${shown(all)} MB (main ${shown(main)}, aws ${shown(aws)}, service ${shown(service)})`,
        met: all <= 300,
      },
      {
        what: `RSS in all after ${LOAD.toLocaleString('en-US')} POSTs and deliveries`,
        goal: 'stated',
        measured: `${shown(after.all)} MB (main ${shown(after.main)}, aws ${shown(after.aws)}, service ${shown(after.service)})`,
      },
    ],
    notes: [
      `From the spawn of \`npm start\` (npm's own time included) to the first 200 of /health/ready, a new DATA_DIR each time. MB are 10^6 bytes of VmRSS, pages that processes share counted in each; npm and its shell, ${shown(npm)} MB beside them, are not the stack's.`,
    ],
  };
};
