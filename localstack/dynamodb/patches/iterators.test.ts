import type { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { dbModule, type Level, type SubDb } from '../dynalite.ts';
import { closeIterators } from './iterators.ts';

const directory = temporaryDirectory();
afterAll(directory.remove);

/** How many of the iterators opened from now on have been closed. */
const watch = (db: Level): { opened: number; closed: number } => {
  const seen = { opened: 0, closed: 0 };
  const { values } = db;
  db.values = (range) => {
    const iterator = values(range);
    const close = iterator.close.bind(iterator);
    iterator.close = () => {
      seen.closed += 1;
      return close();
    };
    seen.opened += 1;
    return iterator;
  };
  return seen;
};

it('of LevelDB have no `return`, by which dynalite would close them', async () => {
  const store = dbModule.create({ path: directory.path });
  await store.db.open();
  const iterator = store.db.values({ gte: 'a', lt: 'b' });
  expect('return' in iterator).toBe(false);
  await iterator.close();
  await store.db.close();
});

it('are closed at the end of a range, and when a page is full before it', async () => {
  const store = dbModule.create({ path: directory.path });
  await store.db.open();
  closeIterators(store.db);
  const seen = watch(store.db);
  const items = store.getItemDb('table') as SubDb & { createValueStream(range: object): Readable };
  for (const key of ['a', 'b', 'c']) await new Promise((resolve) => items.put(key, { key }, resolve));
  await expect(items.createValueStream({}).toArray()).resolves.toHaveLength(3);
  for await (const _ of items.createValueStream({})) break;
  expect(seen).toEqual({ opened: 2, closed: 2 });
  await store.db.close();
});
