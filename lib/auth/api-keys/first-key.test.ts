import { describe, expect, it, vi } from 'vitest';
import { makeMemoryItems } from '../../testing/memory-store.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { type ApiKey, revoked, rotated } from './api-key.ts';
import { keepFirstKey } from './first-key.ts';
import { hashOf, newSecret } from './token.ts';

const DAY_MS = 86_400_000;

const make = () => {
  const { clock, random } = makeTestPorts();
  const { store } = makeMemoryItems<ApiKey>(clock);
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  const pause = vi.fn(async () => {});
  const ports = { keys: store, clock, random, log, retentionMs: 30 * DAY_MS, pause };
  const presented = { id: random.id('key_'), secret: newSecret() };
  const change = async (next: (key: ApiKey, on: { now: number; writeId: string; retentionMs: number }) => ApiKey) => {
    const key = (await store.get(presented.id)) as ApiKey;
    await store.replace(
      next(key, { now: clock.now(), writeId: random.token(), retentionMs: 30 * DAY_MS }),
      key.writeId,
    );
  };
  return { clock, store, said, pause, ports, presented, change, keep: () => keepFirstKey(ports, presented) };
};

describe('the first key', () => {
  it('is made with the scope admin by the first of many starts, and stays as it is', async () => {
    const { keep, store, presented, said } = make();
    await Promise.all([keep(), keep(), keep()]);
    const key = await store.get(presented.id);
    expect(key).toMatchObject({
      tenant: 'default',
      scopes: ['admin'],
      secrets: [{ hash: hashOf(presented.secret) }],
    });
    await keep();
    expect(await store.get(presented.id)).toEqual(key);
    expect(said).toEqual(['first_key.created']);
  });

  it('is not made again after it was revoked, however long ago', async () => {
    const { keep, store, presented, said, change, clock } = make();
    await keep();
    await change(revoked);
    const key = await store.get(presented.id);
    expect(key).toMatchObject({ secrets: [], revokedAt: expect.any(Number) });
    expect(key?.removedAt, 'the table would remove it').toBeUndefined();
    clock.pass(400 * DAY_MS);
    await keep();
    expect(await store.get(presented.id)).toEqual(key);
    expect(said).toEqual(['first_key.created', 'first_key.revoked']);
  });

  it('does not bring back a secret that was rotated away', async () => {
    const { keep, store, presented, said, change } = make();
    await keep();
    await change((key, on) => rotated(key, 'another', { ...on, overlapMs: 0 }));
    await keep();
    expect((await store.get(presented.id))?.secrets).toEqual([{ hash: 'another' }]);
    expect(said).toEqual(['first_key.created', 'first_key.rotated']);
  });

  it('waits for a table that is away', async () => {
    const { ports, store, presented, pause } = make();
    const create = vi.fn(store.create).mockRejectedValueOnce(new Error('away'));
    await keepFirstKey({ ...ports, keys: { ...store, create } }, presented);
    expect(pause).toHaveBeenCalledTimes(1);
    expect(await store.get(presented.id)).toBeDefined();
  });
});
