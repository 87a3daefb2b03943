import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LogFile } from './log-file.ts';
import type { ChildMessage } from './run-child.ts';

export interface ChildOptions {
  name: string;
  /** A file of entrypoints/. */
  entry: string;
  env: NodeJS.ProcessEnv;
  /** Undefined: the terminal. */
  log: LogFile | undefined;
  /** One line for people. */
  say(line: string): void;
  /** At each new process. */
  onSpawn(pid: number): void;
}

export interface Child {
  /** Resolves when it is ready for the first time, rejects when it cannot start. */
  ready: Promise<{ port: number }>;
  /** SIGTERM, and SIGKILL after `withinMs`. */
  stop(withinMs: number): Promise<void>;
}

const backoff = { firstMs: 100, maxMs: 5_000, forgottenAfterMs: 10_000 };

/** glibc would have an arena for each thread, each with free memory that it cannot return. */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' };
/**
 * MB. On a machine with much memory V8 would use up to 134 MB, half the memory of a process here.
 */
const YOUNG_GENERATION = '--max-semi-space-size=16';

/** For `collectGarbage` of run-child.ts. */
const COLLECTABLE = '--expose-gc';

const launch = ({ entry, env, log }: ChildOptions): ChildProcess => {
  const path = fileURLToPath(new URL(`../entrypoints/${entry}`, import.meta.url));
  const output = log?.descriptor ?? 'inherit';
  return spawn(process.execPath, [YOUNG_GENERATION, COLLECTABLE, path], {
    env: { ...ALLOCATOR, ...env },
    stdio: ['ignore', output, log ? 'pipe' : 'inherit', 'ipc'],
  });
};

const ending = (code: number | null, signal: string | null): string =>
  signal ? `was ended by ${signal}` : `ended with code ${code}`;

/** Restarts a child process when it ends, with a backoff. */
export const keepAlive = (options: ChildOptions): Child => {
  const { name, log, say, onSpawn } = options;
  const ready = Promise.withResolvers<{ port: number }>();
  let current: ChildProcess | undefined;
  let isReady = false;
  let stopping = false;
  let pauseMs = backoff.firstMs;

  /** Until it is ready, its errors are shown too; later they are in the log alone. */
  const logError = (text: string): void => {
    log?.write(text);
    if (!isReady) process.stderr.write(text);
  };

  const onMessage = (message: ChildMessage): void => {
    if (message.kind === 'ready') {
      if (isReady) say(`${name} is back`);
      isReady = true;
      ready.resolve({ port: message.port });
    } else if (message.kind === 'notice') say(`${name}: ${message.text}`);
    else if (message.kind === 'ending') say(`${name} ${message.reason}`);
    else if (isReady) say(`${name} could not start: ${message.reason}`);
    else ready.reject(new Error(`The ${name} could not start: ${message.reason}`));
  };

  const start = (): void => {
    const startedAt = performance.now();
    const child = launch(options);
    current = child;
    if (child.pid !== undefined) onSpawn(child.pid);
    child.stderr?.setEncoding('utf8').on('data', logError);
    child.on('message', onMessage);
    child.on('error', (error) => ready.reject(error));
    child.on('exit', (code, signal) => {
      if (stopping) return;
      if (!isReady) return ready.reject(new Error(`The ${name} ${ending(code, signal)} before it was ready`));
      if (performance.now() - startedAt > backoff.forgottenAfterMs) pauseMs = backoff.firstMs;
      say(`${name} ${ending(code, signal)}; starting it again${pauseMs > 1_000 ? ` in ${pauseMs / 1_000} s` : ''}`);
      setTimeout(() => !stopping && start(), pauseMs);
      pauseMs = Math.min(pauseMs * 2, backoff.maxMs);
    });
  };

  start();
  return {
    ready: ready.promise,
    stop: async (withinMs) => {
      stopping = true;
      const child = current;
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = new AbortController();
      const late = sleep(withinMs, 'late', { signal: killer.signal }).catch(() => 'in time');
      if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
      await exited;
      killer.abort();
    },
  };
};
