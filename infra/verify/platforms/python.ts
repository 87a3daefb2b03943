/** Programs from Python packages, each set in a virtual environment of its own, made once. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../tools/run-program.ts';

interface PythonPackages {
  /** Of the folder; a new version needs a new one. */
  name: string;
  /** As pip takes them, with their versions. */
  packages: string[];
  /** What they depend on is taken as it was on this day: `2026-01-31`. */
  asOf: string;
}

const cache = fileURLToPath(new URL('../../../node_modules/.cache/python/', import.meta.url));
const UV = 'uv==0.9.18';

/** Why no program of Python can be installed here, with the remedy. */
export const missingPython = (): Promise<string | undefined> =>
  run('python3', [
    '-c',
    'import sys, venv, ensurepip; assert (3, 10) <= sys.version_info[:2] <= (3, 12), sys.version',
  ]).then(
    () => undefined,
    () => 'Python 3.10 to 3.12 with venv is needed: apt-get install python3 python3-venv',
  );

/** Resolves with the folder of the programs. */
export const installPython = async ({ name, packages, asOf }: PythonPackages): Promise<string> => {
  const folder = join(cache, name);
  const programs = join(folder, 'bin');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return programs;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  const python = join(programs, 'python');
  await run(python, ['-m', 'pip', 'install', '--quiet', UV]);
  const pins = ['--python', python, '--exclude-newer', asOf];
  await run(python, ['-m', 'uv', 'pip', 'install', '--quiet', ...pins, ...packages]);
  writeFileSync(complete, `${packages.join('\n')}\n`);
  return programs;
};
