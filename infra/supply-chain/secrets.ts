/** Keys and passwords where they do not belong: in files that are published. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

const manifest = createRequire(import.meta.url).resolve('secretlint/package.json');
const secretlint = join(dirname(manifest), 'bin', 'secretlint.js');

/** What git keeps, and would keep with the next commit. */
export const keptFiles = (folder: string): string[] =>
  run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], folder)
    .stdout.split('\0')
    .filter((path) => path !== '' && existsSync(join(folder, path)));

/** @param config a .secretlintrc.json; fixtures are allowed there by their very text */
export const secretProblems = (folder: string, files: readonly string[], config: string): string[] => {
  if (files.length === 0) return ['there are no files to look into'];
  const args = [secretlint, '--no-glob', '--no-gitignore', '--no-color', '--secretlintrc', config, ...files];
  const { ok, output } = run(process.execPath, args, folder);
  return ok ? [] : [output];
};
