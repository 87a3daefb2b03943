/** The disk of the local AWS is full for a while. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

const SIZE_MB = 24;
const CHUNK = Buffer.alloc(4_096);
const FILL_EVERY_MS = 200;
const AFTERWARDS_MS = 3_000;

const run = async (command: string, ...given: string[]): Promise<boolean> => {
  const child = spawn(command, given, { stdio: 'ignore' });
  const failed = once(child, 'error').then(() => [1]);
  const [code] = await Promise.race([once(child, 'exit'), failed]);
  return code === 0;
};

/** A small file system in memory, which on Linux root may mount. */
const mountTiny = async (dataDir: string): Promise<() => Promise<void>> => {
  if (!(await run('mount', '-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', dataDir)))
    throw new Error('tmpfs could not be mounted, which takes root on Linux');
  return async () => void (await run('umount', dataDir));
};

/** To the last byte. */
const fill = (path: string): void => {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, CHUNK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
};

const BALLAST = 'ballast-';

export const diskScenarios: Scenario[] = [
  {
    name: 'local AWS: disk full',
    isShort: true,
    stack: { prepare: mountTiny },
    play: async ({ dataDir, aws }, { faultMs }) => {
      const ends = performance.now() + faultMs;
      // Again and again: a file that is removed or truncated frees space.
      for (let part = 0; performance.now() < ends; part += 1) {
        fill(join(dataDir, `${BALLAST}${part}`));
        await sleep(FILL_EVERY_MS);
      }
      for (const name of readdirSync(dataDir)) if (name.startsWith(BALLAST)) rmSync(join(dataDir, name));
      await aws.ready();
      // What was accepted since must be on the disk, however the writes before it broke off.
      await sleep(AFTERWARDS_MS);
      aws.signal('SIGKILL');
      await aws.ready();
    },
    met: (_stack, { refused }) => refused,
  },
];
