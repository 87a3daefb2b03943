import { expect, it } from 'vitest';
import { openLoop } from './load.ts';

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
