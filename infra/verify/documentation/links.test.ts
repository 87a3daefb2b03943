import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { brokenLinks, documentsOf } from './links.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const writtenAs = (files: Record<string, string>): string => {
  const directory = temporaryDirectory();
  onTestFinished(() => directory.remove());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory.path, name, '..'), { recursive: true });
    writeFileSync(join(directory.path, name), text);
  }
  return directory.path;
};

describe('the documentation of this repository', () => {
  it('has no relative link or anchor that leads nowhere', () => {
    expect(brokenLinks(ROOT, documentsOf(ROOT))).toEqual([]);
  });

  it.each(['functions', 'lib', 'localstack', 'infra'])('has a README in %s', (folder) => {
    expect(documentsOf(ROOT)).toContain(`${folder}/README.md`);
  });

  it('begins with one page of at most 180 lines', () => {
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length - 1).toBeLessThanOrEqual(180);
  });
});

describe('the check of links', () => {
  it('finds a file that does not exist, and names the file that links to it', () => {
    const root = writtenAs({ 'docs/a.md': 'see [b](b.md) and ![c](../c.svg)' });
    expect(brokenLinks(root, documentsOf(root))).toEqual([
      'docs/a.md links to a file that does not exist: b.md',
      'docs/a.md links to a file that does not exist: ../c.svg',
    ]);
  });

  it('finds a heading that does not exist, in the same file and in another', () => {
    const root = writtenAs({ 'a.md': '# One\n[two](#two) [three](b.md#three)', 'b.md': '# Four' });
    expect(brokenLinks(root, documentsOf(root))).toEqual([
      'a.md links to a heading that does not exist: #two',
      'a.md links to a heading that does not exist: b.md#three',
    ]);
  });

  it('makes anchors as GitHub does: punctuation removed, repeated headings numbered', () => {
    const text = '# Stop, `retry` and PATCH\n## Same\n## Same\n[a](#stop-retry-and-patch) [b](#same) [c](#same-1)';
    const root = writtenAs({ 'a.md': text });
    expect(brokenLinks(root, documentsOf(root))).toEqual([]);
  });

  it('finds a link whose text names another file than its target', () => {
    const root = writtenAs({
      'a.md': '[b/c.ts](d/c.ts) [`c.ts`](d/c.ts) [d/c.ts](./d/c.ts) [1.5 s.](d/c.ts)',
      'd/c.ts': '',
    });
    expect(brokenLinks(root, documentsOf(root))).toEqual(['a.md names b/c.ts, and links to d/c.ts']);
  });

  it('refuses a link that leads out of the repository', () => {
    const root = writtenAs({ 'a.md': '[b](../b.md)' });
    expect(brokenLinks(root, documentsOf(root))).toEqual(['a.md links outside of the repository: ../b.md']);
  });

  it('reads templates of .github, and nothing that is installed or generated', () => {
    const root = writtenAs({ '.github/a.md': '', 'node_modules/b.md': '', '.venv/c.md': '', 'x/generated/d.md': '' });
    expect(documentsOf(root)).toEqual(['.github/a.md']);
  });

  it('leaves addresses and code alone', () => {
    const root = writtenAs({
      'a.md': '[b](https://example.com/b.md)\n```\n[c](c.md)\n```\n\n    [d](d.md)\n\n`[e](e.md)`',
    });
    expect(brokenLinks(root, documentsOf(root))).toEqual([]);
  });
});
