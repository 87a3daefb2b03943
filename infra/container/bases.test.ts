import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withBases } from './bases.ts';

const dockerfile = readFileSync(new URL('Dockerfile', import.meta.url), 'utf8');
const froms = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('FROM '));

describe('the bases of the Dockerfile', () => {
  it('are named where they are used, by version and digest, so that updates are proposed for them', () => {
    expect(froms(dockerfile)).toHaveLength(2);
    for (const line of froms(dockerfile)) expect(line).toMatch(/^FROM [\w./-]+:[\w.-]+@sha256:[0-9a-f]{64} AS \w+$/);
  });

  it('are all replaced by local ones', () => {
    const replaced = withBases(dockerfile, { build: 'localhost/a:local', run: 'localhost/b:local' });
    expect(froms(replaced)).toEqual(['FROM localhost/a:local AS build', 'FROM localhost/b:local AS run']);
  });

  it('are not replaced in a stage that the Dockerfile lacks', () => {
    expect(() => withBases(dockerfile, { other: 'localhost/a:local' })).toThrow('the Dockerfile has no stage other');
  });
});
