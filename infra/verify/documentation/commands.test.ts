import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentsOf } from './links.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const NPM_RUN = /npm run (?:-s |--silent )?([a-z][\w:-]*)/g;

/** By file. The CHANGELOG names what there was. */
const guides = documentsOf(ROOT).filter((file) => file !== 'CHANGELOG.md');
const named = guides.flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(NPM_RUN)].map(([, script = '']) => ({ file, script })),
);

describe('the npm scripts', () => {
  it('that the documentation names exist', () => {
    expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([]);
  });

  it('are all named in the documentation', () => {
    const known = new Set(['start', 'test', ...named.map(({ script }) => script)]);
    const isOwnStep = (script: string): boolean => script.startsWith('pre');
    expect(Object.keys(scripts).filter((script) => !isOwnStep(script) && !known.has(script))).toEqual([]);
  });
});
