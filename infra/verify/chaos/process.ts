/** One process of the stack, kept alive as the supervisor does, and at the mercy of a scenario. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { until } from '../kit/until.ts';

export interface Managed {
  /** Resolves when the process of the moment has said that it is ready. */
  ready(): Promise<void>;
  /** To the process of the moment; nothing when there is none. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, and no process takes its place until `bringBack`. Resolves when it is gone. */
  takeAway(): Promise<void>;
  bringBack(): void;
  /** How often it ended, as a sentence each: by a scenario's hand or by itself. */
  endings(): readonly string[];
  /** SIGKILL, for good. */
  end(): Promise<void>;
}

interface ManagedOptions {
  /** A file of localstack/. */
  entry: string;
  env: NodeJS.ProcessEnv;
  /** Modules to load before it. */
  imports?: readonly string[];
  /** Where its output goes. */
  logPath: string;
}

const RESTART_MS = 150;
/** Many stacks share the machine while scenarios run side by side. */
const READY = { deadlineMs: 120_000 };
const entrypoint = (path: string): string =>
  fileURLToPath(new URL(`../../../localstack/entrypoints/${path}`, import.meta.url));

export const manage = ({ entry, env, imports = [], logPath }: ManagedOptions): Managed => {
  const endings: string[] = [];
  let current: ChildProcess | undefined;
  let isReady = false;
  let wanted = true;

  const start = (): void => {
    isReady = false;
    const flags = imports.flatMap((path) => ['--import', path]);
    // By the channel it ends with this process, whatever happens to it.
    const child = spawn(process.execPath, [...flags, entrypoint(entry)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    current = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => appendFileSync(logPath, text));
    child.on('message', ({ kind }: { kind: string }) => {
      if (kind === 'ready') isReady = true;
    });
    child.once('exit', (code, signal) => {
      endings.push(signal ?? `code ${code}`);
      if (current === child) current = undefined;
      if (wanted) setTimeout(() => wanted && current === undefined && start(), RESTART_MS);
    });
  };

  const kill = async (): Promise<void> => {
    wanted = false;
    const child = current;
    if (!child) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  start();
  return {
    ready: async () => void (await until(`${entry} is ready`, () => isReady, READY)),
    signal: (signal) => void current?.kill(signal),
    takeAway: kill,
    bringBack: () => {
      wanted = true;
      if (current === undefined) start();
    },
    endings: () => endings,
    end: kill,
  };
};

/** SIGKILL every 1 to 2 s, of each in turn. */
export const storm = async (victims: readonly Managed[], forMs: number): Promise<void> => {
  const ends = performance.now() + forMs;
  for (let turn = 0; performance.now() < ends; turn += 1) {
    victims[turn % victims.length]?.signal('SIGKILL');
    await sleep(1_000 + Math.random() * 1_000);
  }
};
