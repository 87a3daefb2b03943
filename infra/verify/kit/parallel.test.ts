import { expect, it } from 'vitest';
import { inParallel } from './parallel.ts';

it('calls the work once for each index, at most `limit` at once', async () => {
  const done: number[] = [];
  let under = 0;
  let highest = 0;
  await inParallel(20, 4, async (index) => {
    under += 1;
    highest = Math.max(highest, under);
    await new Promise(setImmediate);
    done.push(index);
    under -= 1;
  });
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(highest).toBe(4);
});
