/** What every ItemStore promises, whatever is behind it. */
import { expect, it } from 'vitest';
import type { ItemStore } from '../store/item-store.ts';
import type { TestClock } from './clock.ts';

interface Item {
  id: string;
  writeId: string;
  updatedAt: number;
  expiresAt?: number;
}

export const itemStoreConforms = <T extends Item>(kit: {
  store: () => ItemStore<T>;
  clock: TestClock;
  /** A fresh noun with an id and a write id of its own. */
  make: (changes?: Partial<Item>) => T;
}): void => {
  const { clock, make } = kit;
  const changed = (item: T, changes: Partial<Item>): T => ({ ...item, ...changes });

  it('creates where nothing is, reads what was written, and answers the item where something is', async () => {
    const item = make();
    expect(await kit.store().get(item.id)).toBeUndefined();
    expect(await kit.store().create(item)).toEqual({ written: true, item });
    expect(await kit.store().get(item.id)).toEqual(item);
    expect(await kit.store().create(make({ id: item.id }))).toEqual({ written: false, current: item });
    expect(await kit.store().get(item.id)).toEqual(item);
  });

  it('creates once when two create at once', async () => {
    const item = make();
    const rivals = [item, make({ id: item.id }), make({ id: item.id })];
    const results = await Promise.all(rivals.map((rival) => kit.store().create(rival)));
    expect(results.filter(({ written }) => written)).toHaveLength(1);
  });

  it('takes a repetition of its own successful write for a success', async () => {
    const item = make();
    await kit.store().create(item);
    expect(await kit.store().create(item)).toMatchObject({ written: true });
    const next = changed(item, { writeId: 'repeated', updatedAt: item.updatedAt + 1 });
    await kit.store().replace(next, item.writeId);
    expect(await kit.store().replace(next, item.writeId)).toMatchObject({ written: true });
    expect(await kit.store().get(item.id)).toEqual(next);
  });

  it('replaces only the revision that was read', async () => {
    const item = make();
    await kit.store().create(item);
    const rivals = ['a', 'b', 'c'].map((writeId) => changed(item, { writeId: `${item.writeId}${writeId}` }));
    const results = await Promise.all(rivals.map((rival) => kit.store().replace(rival, item.writeId)));
    const winner = rivals[results.findIndex(({ written }) => written)];
    expect(results.filter(({ written }) => written)).toHaveLength(1);
    for (const result of results) if (!result.written) expect(result.current).toEqual(winner);
    expect(await kit.store().replace(changed(item, { writeId: 'late' }), item.writeId)).toMatchObject({
      written: false,
    });
  });

  it('replaces nothing where nothing is', async () => {
    const item = make();
    expect(await kit.store().replace(item, 'any')).toEqual({ written: false, current: undefined });
  });

  it('reads what has expired as absent from that very second on, and creates over it', async () => {
    const expiresAt = Math.floor(clock.now() / 1000) + 10;
    const item = make({ expiresAt });
    await kit.store().create(item);
    clock.pass(expiresAt * 1000 - clock.now() - 1);
    expect(await kit.store().get(item.id)).toEqual(item);
    expect(await kit.store().create(make({ id: item.id }))).toMatchObject({ written: false });
    clock.pass(1);
    expect(await kit.store().get(item.id)).toBeUndefined();
    const over = make({ id: item.id });
    expect(await kit.store().create(over)).toMatchObject({ written: true });
    expect(await kit.store().get(item.id)).toEqual(over);
  });
};
