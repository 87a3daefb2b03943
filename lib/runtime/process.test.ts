import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROCESS = fileURLToPath(new URL('./process.ts', import.meta.url));
const START_ERROR = fileURLToPath(new URL('../platform/start-error.ts', import.meta.url));

/** A process whose start is the given code, with `startError` and a `print` that is seen at once. */
const running = (start: string): { child: ChildProcess; output(): string; said(text: string): Promise<void> } => {
  const code = `import { writeSync } from 'node:fs';
    import { runProcess } from '${PROCESS}';
    import { startError } from '${START_ERROR}';
    const print = (text) => writeSync(1, text);
    await runProcess(async () => { ${start} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const said = async (text: string): Promise<void> => {
    while (!printed.includes(text)) await once(child.stdout, 'data');
  };
  return { child, output: () => printed, said };
};

const ended = async ({ child }: { child: ChildProcess }): Promise<number | null> => (await once(child, 'close'))[0];

test('SIGTERM ends what runs, and then the process with 0', async () => {
  const it = running(`setInterval(() => {}, 1e6); print('begun'); return { close: async () => print(' closed') };`);
  await it.said('begun');
  it.child.kill('SIGTERM');
  expect(await ended(it)).toBe(0);
  expect(it.output()).toBe('begun closed');
});

test('SIGTERM before it has started ends it at once, with 0', async () => {
  const it = running(`setInterval(() => {}, 1e6); print('starting'); return new Promise(() => {});`);
  await it.said('starting');
  it.child.kill('SIGTERM');
  expect(await ended(it)).toBe(0);
});

test('an end that fails is said, with 1', async () => {
  const it = running(
    `print('begun'); setInterval(() => {}, 1e6); return { close: async () => { throw new Error('stuck'); } };`,
  );
  await it.said('begun');
  it.child.kill('SIGTERM');
  expect(await ended(it)).toBe(1);
  expect(it.output()).toContain('It did not stop cleanly: Error: stuck');
});

test('a known reason is one message without a stack, with its exit code', async () => {
  const it = running(`throw startError('PORT: must be a number', 2);`);
  expect(await ended(it)).toBe(2);
  expect(it.output()).toBe('PORT: must be a number\n');
});

test('an unknown one keeps its stack, with 1', async () => {
  const it = running(`throw new Error('surprise');`);
  expect(await ended(it)).toBe(1);
  expect(it.output()).toMatch(/surprise\n\s+at /);
});
