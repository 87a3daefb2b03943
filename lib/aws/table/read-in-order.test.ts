import { describe, expect, it, vi } from 'vitest';
import { type Answer, makePace, readInOrder } from './read-in-order.ts';

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `item_${n}`);
const foundOf = (ids: string[], bytes: number): Answer<string>['found'] => ids.map((id) => ({ id, item: id, bytes }));

/** Answers at most `bytesMax` a call, in no order, and leaves the rest, as DynamoDB does. */
const limited = (bytes: number, bytesMax: number) =>
  vi.fn(async (ids: string[]): Promise<Answer<string>> => {
    const fit = Math.max(1, Math.floor(bytesMax / bytes));
    const shuffled = ids.toReversed();
    return { found: foundOf(shuffled.slice(0, fit), bytes), left: new Set(shuffled.slice(fit)) };
  });

const readerOf = (call: (ids: string[]) => Promise<Answer<string>>) => {
  const sleep = vi.fn(async (_ms: number) => undefined);
  const pace = makePace();
  const read = (ids: readonly string[]) => readInOrder(ids, { call, sleep, fraction: () => 0.5, pace });
  const all = async (ids: readonly string[]): Promise<string[]> => {
    const items: string[] = [];
    for await (const { item } of read(ids)) if (item) items.push(item);
    return items;
  };
  return { sleep, read, all };
};

describe('reading many items', () => {
  it('gives them in the order of their ids, each once, whatever a call leaves', async () => {
    const ids = idsOf(230);
    expect(await readerOf(limited(250_000, 1_400_000)).all([...ids, 'item_3'])).toEqual(ids);
    expect(await readerOf(limited(400, 16_000_000)).all(ids)).toEqual(ids);
    expect(await readerOf(limited(1, 1)).all(ids)).toEqual(ids);
  });

  it('leaves out what is not there, and goes on behind it', async () => {
    const call = async (ids: string[]): Promise<Answer<string>> => ({
      found: foundOf(
        ids.filter((id) => id === 'item_29'),
        10,
      ),
      left: new Set(),
    });
    expect(await readerOf(call).all(idsOf(30))).toEqual(['item_29']);
  });

  it('asks for as many as make about a megabyte, by the size of those that came', async () => {
    const large = limited(250_000, 16_000_000);
    await readerOf(large).all(idsOf(60));
    const asked = large.mock.calls.map(([ids]) => ids.length);
    expect(asked[0]).toBe(25);
    expect(new Set(asked.slice(1, -1))).toEqual(new Set([4]));
    const small = limited(400, 16_000_000);
    await readerOf(small).all(idsOf(225));
    expect(small.mock.calls.map(([ids]) => ids.length)).toEqual([25, 100, 100]);
  });

  it('begins with as many as the last ones would have made, 25 at most', async () => {
    const call = limited(250_000, 16_000_000);
    const { all } = readerOf(call);
    await all(idsOf(30));
    call.mockClear();
    await all(idsOf(30));
    expect(call.mock.calls[0]?.[0]).toHaveLength(4);
    const small = limited(400, 16_000_000);
    const reader = readerOf(small);
    await reader.all(idsOf(30));
    small.mockClear();
    await reader.all(idsOf(30));
    expect(small.mock.calls[0]?.[0]).toHaveLength(25);
  });

  it('calls no more than its consumer takes', async () => {
    const call = limited(250_000, 16_000_000);
    for await (const { item } of readerOf(call).read(idsOf(100))) if (item === 'item_24') break;
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('backs off while calls bring nothing, later each time, and from the start after one that did', async () => {
    const honest = limited(10, 1_000);
    let calls = 0;
    const call = async (ids: string[]): Promise<Answer<string>> => {
      calls += 1;
      return [4, 8].includes(calls) ? honest(ids) : { found: [], left: new Set(ids) };
    };
    const { sleep, all } = readerOf(call);
    expect(await all(idsOf(26))).toHaveLength(26);
    expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([37.5, 75, 150, 37.5, 75, 150]);
  });

  it('gives up as unavailable after some rounds without any progress', async () => {
    const call = vi.fn(async (ids: string[]): Promise<Answer<string>> => ({ found: [], left: new Set(ids) }));
    const { sleep, all } = readerOf(call);
    await expect(all(idsOf(3))).rejects.toMatchObject({ code: 'unavailable', headers: { 'retry-after': '1' } });
    expect(call).toHaveBeenCalledTimes(7);
    expect(sleep).toHaveBeenCalledTimes(6);
  });
});
