/** A copy of the repository that an example is applied to. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Edit, Example } from './read.ts';

export interface Copy {
  path: string;
  read(file: string): string;
  write(file: string, text: string): void;
  remove(): void;
}

const git = (cwd: string, args: readonly string[], input?: string): string =>
  execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe', ...(input !== undefined && { input }) });

/** Of what is committed and what is not yet, without what git ignores; `node_modules` is the original's. */
export const copyRepository = (root: string): Copy => {
  const path = mkdtempSync(join(tmpdir(), 'event-system-example-'));
  const listed = git(root, ['ls-files', '-z', '--cached', '--others', '--exclude-standard']).split('\0');
  for (const file of listed.filter((one) => one !== '' && one !== 'node_modules' && existsSync(join(root, one))))
    cpSync(join(root, file), join(path, file));
  symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
  git(path, ['init', '--quiet']);
  writeFileSync(join(path, '.git/info/exclude'), 'node_modules\n');
  git(path, ['add', '--all']);
  return {
    path,
    read: (file) => readFileSync(join(path, file), 'utf8'),
    write: (file, text) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
};

const applyEdit = (copy: Copy, edit: Edit): void => {
  if ('content' in edit) {
    if (existsSync(join(copy.path, edit.path)))
      throw new Error(`${edit.path} exists: the example must show a diff of it`);
    copy.write(edit.path, edit.content);
    return;
  }
  try {
    git(copy.path, ['apply', '-'], edit.diff);
  } catch (error) {
    throw new Error(`The diff of ${edit.path} does not apply: ${(error as { stderr: string }).stderr.trim()}`);
  }
};

/** Throws when a file is there already, or a diff does not fit. */
export const applyExample = (copy: Copy, { edits }: Example): void => {
  for (const edit of edits) applyEdit(copy, edit);
};
