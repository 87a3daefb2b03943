/** Programs of others, asked from here. */
import { spawnSync } from 'node:child_process';

interface Ran {
  ok: boolean;
  stdout: string;
  /** Both streams, for people. */
  output: string;
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs a program to its end. Throws when it cannot be started. */
export const run = (program: string, args: readonly string[], folder: string): Ran => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error) throw new Error(`${program} cannot be run: ${error.message}`, { cause: error });
  return { ok: status === 0, stdout, output: `${stdout}${stderr}`.trim() };
};
