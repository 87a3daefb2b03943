import { describe, expect, it } from 'vitest';
import { forEachParallel } from './for-each-parallel.ts';

describe('forEachParallel', () => {
  it('does each item once, in order, and never more at once than allowed', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await forEachParallel([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      begun.push(item);
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item % 3; turn += 1) await Promise.resolve();
      running -= 1;
    });
    expect([begun, most]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3]);
  });

  it('throws the first failure once all that runs has ended, and leaves the rest to the others', async () => {
    const done: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 1) throw new Error('first');
      await Promise.resolve();
      done.push(item);
    };
    await expect(forEachParallel([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
    expect(done).toEqual([2, 3, 4]);
  });
});
