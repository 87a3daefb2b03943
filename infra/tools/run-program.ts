import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Child {
  pid: number;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Resolves with its exit code. */
  ended: Promise<number | null>;
  /** SIGTERM to it and its own children, then SIGKILL after `graceMs` (default 15 s). */
  stop(graceMs?: number): Promise<void>;
}

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where its output is kept. */
  logPath?: string;
}

const GRACE_MS = 15_000;

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** A program in a process group of its own, so that what it starts ends with it. */
export const startChild = (command: string, args: readonly string[], options: ChildOptions = {}): Child => {
  const { env = process.env, cwd, logPath } = options;
  const child = spawn(command, [...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(cwd && { cwd }),
  });
  const file = logPath === undefined ? undefined : createWriteStream(logPath);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      file?.write(text);
    });
  }
  const reap = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', reap);
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      printed += error.message;
      resolve(null);
    });
    child.once('close', (code) => resolve(code));
  }).finally(() => {
    process.off('exit', reap);
    file?.end();
  });
  return {
    pid: child.pid ?? 0,
    output: () => printed,
    ended,
    stop: async (graceMs = GRACE_MS) => {
      signalGroup(child, 'SIGTERM');
      const timer = new AbortController();
      const late = sleep(graceMs, undefined, { signal: timer.signal }).then(
        () => reap(),
        () => undefined,
      );
      await ended;
      timer.abort();
      await late;
    },
  };
};

/**
 * Runs to its end; resolves with what it printed. Rejects, with that, when it ends with another
 * code than 0.
 */
export const run = async (command: string, args: readonly string[], options: ChildOptions = {}): Promise<string> => {
  const child = startChild(command, args, options);
  const code = await child.ended;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${child.output().slice(-4_000)}`);
  return child.output();
};

/**
 * Resolves when `probe` does not reject; rejects with the child's output when it ends before, or
 * after `deadlineMs`.
 */
export const untilReady = async (
  what: string,
  child: Child,
  probe: () => Promise<unknown>,
  deadlineMs = 60_000,
): Promise<void> => {
  const until = performance.now() + deadlineMs;
  let hasEnded = false;
  void child.ended.then(() => {
    hasEnded = true;
  });
  let last: unknown;
  while (!hasEnded && performance.now() < until) {
    try {
      await probe();
      return;
    } catch (error) {
      last = error;
      await sleep(200);
    }
  }
  throw new Error(`${what} ${hasEnded ? 'ended' : `is not ready: ${String(last)}`}:\n${child.output().slice(-4_000)}`);
};

/** Rejects unless `url` answers 2xx. */
export const answers = async (url: string, headers: Record<string, string> = {}): Promise<void> => {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
};
