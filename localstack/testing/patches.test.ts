import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
const patches = globSync('*/patches/*.ts', { cwd: folder }).filter((path) => !path.endsWith('.test.ts'));
const bindings = ['dynamodb/dynalite.ts', 'sqs/fauxqs.ts'];

describe.each([...patches, ...bindings])('%s', (path) => {
  it('says what it mends, why, and which internals it relies on', () => {
    expect(read(path)).toMatch(/^\/\*\*\n \* Mends: .+\n \* Why: .+\n \* Relies on: .+\n \*\/$/m);
  });

  it('has a test beside it', () => {
    expect(existsSync(join(folder, path.replace('.ts', '.test.ts')))).toBe(true);
  });

  it('is listed in the README', () => {
    expect(read('README.md')).toContain(`](${path})`);
  });
});

it('the patched libraries are pinned to exact versions', () => {
  const { devDependencies } = JSON.parse(read('../package.json')) as { devDependencies: Record<string, string> };
  for (const name of ['dynalite', 'fauxqs']) expect(devDependencies[name]).toMatch(/^\d+\.\d+\.\d+$/);
});
