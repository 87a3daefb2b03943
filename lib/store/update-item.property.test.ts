import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTestClock } from '../testing/clock.ts';
import { makeMemoryItems, type Stored } from '../testing/memory-store.ts';
import { ROUNDS_MAX, replaceIn, updateItem } from './update-item.ts';

interface Counter extends Stored {
  /** Who has counted, in the order of the writes. */
  writers: string[];
}

const counter: Counter = { id: 'c', tenant: 'default', writeId: 'first', createdAt: 0, writers: [] };
const countedBy =
  (writer: string, limit = Number.POSITIVE_INFINITY) =>
  (current: Counter): Counter =>
    current.writers.length < limit
      ? { ...current, writers: [...current.writers, writer], writeId: `${writer} after ${current.writeId}` }
      : current;

const setUp = async () => {
  const { store, read, write } = makeMemoryItems<Counter>(makeTestClock());
  await store.create(counter);
  return { store, read, write };
};

describe('updateItem', () => {
  it('loses no update, whatever order the writers come in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, count) => {
        const { store, read } = await setUp();
        const replace = scheduler.scheduleFunction(replaceIn(store));
        const get = scheduler.scheduleFunction(store.get);
        const writers = Array.from({ length: count }, (_, index) => `w${index}`);
        const updates = writers.map(async (writer) => updateItem(replace, await get('c'), countedBy(writer)));
        const written = await scheduler.waitFor(Promise.all(updates));
        expect(read('c')?.writers.toSorted()).toEqual(writers);
        expect(written.every(({ isWritten }) => isWritten)).toBe(true);
      }),
    );
  });

  it('decides on what is stored: no writer exceeds a limit that each of them checks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 0, max: 4 }), async (scheduler, limit) => {
        const { store, read } = await setUp();
        const replace = scheduler.scheduleFunction(replaceIn(store));
        const writers = ['a', 'b', 'c', 'd', 'e'];
        const updates = writers.map((writer) => updateItem(replace, counter, countedBy(writer, limit)));
        const results = await scheduler.waitFor(Promise.all(updates));
        const won = writers.filter((_, index) => results[index]?.isWritten);
        expect(read('c')?.writers.toSorted()).toEqual(won);
        expect(won).toHaveLength(limit);
      }),
    );
  });

  it('answers what it decided on and what is stored now', async () => {
    const { store, write } = await setUp();
    const faster = { ...counter, writers: ['faster'], writeId: 'second' };
    write(faster);
    const result = await updateItem(replaceIn(store), counter, countedBy('slower'));
    expect(result).toMatchObject({ before: faster, after: { writers: ['faster', 'slower'] }, isWritten: true });
  });

  it('decides nothing on an item that is gone, before or between its rounds', async () => {
    const { store, write } = await setUp();
    const nothing = { before: undefined, after: undefined, isWritten: false };
    expect(await updateItem(replaceIn(store), undefined, countedBy('a'))).toEqual(nothing);
    write({ ...counter, writeId: 'second', expiresAt: 0 });
    expect(await updateItem(replaceIn(store), counter, countedBy('a'))).toEqual(nothing);
  });

  it('gives up after its rounds with an error that says when to try again', async () => {
    const { read, write, store } = await setUp();
    const seen: (string | undefined)[] = [];
    const update = updateItem(replaceIn(store), counter, (current) => {
      seen.push(current.writeId);
      write({ ...counter, writeId: `faster ${seen.length}` });
      return countedBy('slower')(current);
    });
    await expect(update).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '1' } });
    expect(seen).toEqual(['first', ...Array.from({ length: ROUNDS_MAX - 1 }, (_, index) => `faster ${index + 1}`)]);
    expect(read('c')?.writers).toEqual([]);
  });
});
