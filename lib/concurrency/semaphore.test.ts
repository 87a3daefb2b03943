import { describe, expect, it } from 'vitest';
import { makeSemaphore } from './semaphore.ts';

describe('a semaphore taken in portions', () => {
  it('gives what is free, up to the maximum asked for, and nothing beyond its permits', () => {
    const semaphore = makeSemaphore(10);
    expect([semaphore.tryAcquire(7), semaphore.tryAcquire(7), semaphore.tryAcquire(7)]).toEqual([7, 3, 0]);
    expect(semaphore.held()).toBe(10);
    semaphore.release(4);
    expect([semaphore.held(), semaphore.tryAcquire(7), semaphore.held()]).toEqual([6, 4, 10]);
  });

  it('lets the one that waits go on as soon as anything is released, with that alone', async () => {
    const semaphore = makeSemaphore(5);
    await semaphore.acquire(5);
    let taken = 0;
    const waiting = semaphore.acquire(5).then((count) => {
      taken = count;
    });
    await Promise.resolve();
    expect(taken).toBe(0);
    semaphore.release(2);
    await waiting;
    expect([taken, semaphore.held()]).toEqual([2, 5]);
  });
});
