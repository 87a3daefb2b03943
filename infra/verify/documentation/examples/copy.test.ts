import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../../../../localstack/testing/temporary-directory.ts';
import { applyExample, type Copy, copyRepository } from './copy.ts';
import { leaveOut } from './omissions.ts';
import { completeDiff } from './read.ts';

const LIST = ['// Colours.', "import { red } from './red.ts';", '', 'export const all = [red];', '// End.', ''].join(
  '\n',
);
const DIFF = [
  "@@\n import { red } from './red.ts';",
  "+import { green } from './green.ts';",
  '',
  '-export const all = [red];',
];
const diff = completeDiff('lib/list.ts', `${DIFF.join('\n')}\n+export const all = [red, green];\n // End.\n`);

const original = temporaryDirectory();
let copy: Copy;
beforeAll(() => {
  const { path } = original;
  mkdirSync(join(path, 'lib'));
  mkdirSync(join(path, 'node_modules'));
  writeFileSync(join(path, 'lib/list.ts'), LIST);
  writeFileSync(join(path, '.gitignore'), 'node_modules/\nsecret.env\n');
  writeFileSync(join(path, 'secret.env'), 'KEY=1\n');
  execFileSync('git', ['init', '--quiet'], { cwd: path });
  execFileSync('git', ['add', '--all'], { cwd: path });
  copy = copyRepository(path);
});
afterAll(() => {
  copy.remove();
  original.remove();
});

it('a copy has what git lists, and nothing that git ignores but node_modules', () => {
  expect(copy.read('lib/list.ts')).toBe(LIST);
  expect(['secret.env', 'node_modules'].map((file) => existsSync(join(copy.path, file)))).toEqual([false, true]);
});

it('an example is applied to the copy alone, though its diff begins on another line', () => {
  applyExample(copy, {
    name: 'Add a colour',
    edits: [
      { path: 'lib/green.ts', content: "export const green = '#0f0';\n" },
      { path: 'lib/list.ts', diff },
    ],
  });
  expect(copy.read('lib/list.ts')).toContain('[red, green]');
  expect(existsSync(join(original.path, 'lib/green.ts'))).toBe(false);
});

it('an example that no longer fits is refused by the name of the file', () => {
  const applied = { name: 'again', edits: [{ path: 'lib/list.ts', diff }] };
  expect(() => applyExample(copy, applied)).toThrow('The diff of lib/list.ts does not apply');
  const there = { name: 'there', edits: [{ path: 'lib/list.ts', content: '' }] };
  expect(() => applyExample(copy, there)).toThrow('lib/list.ts exists');
});

it('an omission that finds nothing to leave out is refused', () => {
  const omission = {
    example: 'Add a colour',
    what: 'no blue',
    file: 'lib/list.ts',
    find: /blue/,
    tests: [],
    says: /blue/,
  };
  expect(() => leaveOut('red, green', omission)).toThrow('lib/list.ts has nothing that matches /blue/ (no blue)');
  expect(leaveOut('red, green', { ...omission, find: /, green/ })).toBe('red');
});
