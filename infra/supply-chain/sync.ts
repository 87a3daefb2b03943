/** Whether `npm ci` would install exactly what package.json asks for. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

/**
 * npm itself compares the two, in a folder where it can change nothing of ours. Offline: what is in
 * sync needs no registry.
 */
export const syncProblems = (folder: string): string[] => {
  const copy = mkdtempSync(join(tmpdir(), 'lockfile-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(folder, name), join(copy, name));
    const { ok, output } = run(
      'npm',
      ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--offline'],
      copy,
    );
    if (ok) return [];
    const said = output.split('\n').filter((line) => line.startsWith('npm error') && !line.includes('_logs'));
    return [`package-lock.json is not what package.json asks for: ${said.join('; ') || output}`];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};
