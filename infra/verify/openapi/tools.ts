/**
 * Installs the linters and generators beside the clients they serve: once, and again when their
 * list changes.
 */
import { execFile } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const CLIENTS = join(import.meta.dirname, 'clients');
const TIMEOUT_MS = 120_000;

/** Runs a program to its end. Throws with what it printed when it fails. */
export const run = async (program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> => {
  try {
    const options = { cwd: CLIENTS, env: { ...process.env, ...env }, timeout: TIMEOUT_MS };
    await promisify(execFile)(program, args, options);
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error([message, stdout, stderr].join('\n').trim());
  }
};

const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
/** Runs a program of the clients' own packages. */
export const runTool = (name: string, args: string[]): Promise<void> =>
  run(join(CLIENTS, 'node_modules', '.bin', name), args, QUIET);

const isNewer = (result: string, source: string): boolean =>
  existsSync(result) && statSync(result).mtimeMs >= statSync(source).mtimeMs;

export const installNodeTools = async (): Promise<void> => {
  if (isNewer(join(CLIENTS, 'node_modules', '.package-lock.json'), join(CLIENTS, 'package-lock.json'))) return;
  await run('npm', ['ci', '--no-audit', '--no-fund']);
};

const VENV = join(CLIENTS, '.venv');
export const python = (name: string): string => join(VENV, 'bin', name);

export const installPythonTools = async (): Promise<void> => {
  const requirements = join(CLIENTS, 'requirements.txt');
  const done = join(VENV, 'installed');
  if (isNewer(done, requirements)) return;
  rmSync(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]);
  await run(python('pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]);
  writeFileSync(done, '');
};
