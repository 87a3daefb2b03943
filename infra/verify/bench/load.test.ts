import { expect, it } from 'vitest';
import { each, openLoop } from './load.ts';

it('does each once, and so many at a time', async () => {
  const done: number[] = [];
  let under = 0;
  let highest = 0;
  await each(20, 4, async (index) => {
    under += 1;
    highest = Math.max(highest, under);
    await new Promise(setImmediate);
    done.push(index);
    under -= 1;
  });
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(highest).toBe(4);
});

it('charges those behind a slow answer with their waiting', async () => {
  let calls = 0;
  let release = (): void => {};
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  // One at a time behind the first, which ends when the last has been asked for.
  let chain: Promise<void> = blocked;
  const latencies = await openLoop({ seconds: 0.2, perSecond: 50 }, () => {
    calls += 1;
    if (calls === 10) release();
    chain = chain.then(() => new Promise(setImmediate));
    return chain;
  });
  expect(latencies).toHaveLength(10);
  expect(Math.max(...latencies)).toBeGreaterThan(150);
});
