/** What actionlint (`npm run check:workflows`) does not judge: pins, rights, versions of Node. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, { 'timeout-minutes'?: number; uses?: string }>;
}

const folder = '.github/workflows';
const workflows = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

describe.each(workflows)('the workflow %s', (path) => {
  const workflow = load(text(path)) as Workflow;

  it('names each action by its commit, with the version beside it', () => {
    const used = text(path).match(/uses: .*/g) ?? [];
    const actions = used.filter((line) => !line.startsWith('uses: ./'));
    expect(actions.length).toBeGreaterThan(0);
    for (const line of actions) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may at most read, unless a job asks for more', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions);
  });

  it('ends every job after a time', () => {
    for (const [name, job] of Object.entries(workflow.jobs))
      expect(job['timeout-minutes'] ?? job.uses, `${name} has no timeout-minutes`).toBeDefined();
  });
});

describe('the version of Node', () => {
  const version = text('.nvmrc').trim();

  it.each([
    ['infra/container/Dockerfile', /^FROM docker\.io\/library\/node:([\d.]+)-/m],
    ['.devcontainer/Dockerfile', /^FROM docker\.io\/library\/node:([\d.]+)-/m],
    ['package.json', /"node": "\^([\d.]+)"/],
  ])('is the same in .nvmrc and %s', (path, pattern) => {
    expect(pattern.exec(text(path))?.[1]).toBe(version);
  });
});
