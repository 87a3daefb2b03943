import { expect, test } from 'vitest';
import { makeMemoryItems } from '../../testing/memory-store.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import type { ApiKey } from './api-key.ts';
import { makeApiKeyService } from './service.ts';

const make = () => {
  const { clock, random } = makeTestPorts();
  const items = makeMemoryItems<ApiKey>(clock);
  const keys = {
    ...items.store,
    list: async (query: { tenant: string; limit: number; before?: string }) =>
      items.list({ ...query, matches: () => true }),
    touch: async () => undefined,
  };
  const newSecret = () => random.token();
  const service = makeApiKeyService({ clock, random, newSecret, keys, retentionMs: 86_400_000, keysMax: 3 });
  const create = async (tenant = 'acme', expiresAt?: number) => {
    clock.pass(1);
    const input = { name: 'a key', scopes: ['admin' as const], ...(expiresAt !== undefined && { expiresAt }) };
    return (await service.create({ input, tenant })).key;
  };
  return { clock, service, create };
};

test('a tenant has as many active keys as it may, and one more when one has ended', async () => {
  const { clock, create, service } = make();
  const first = await create('acme', clock.now() + 10_000);
  const second = await create();
  await create();
  await expect(create()).rejects.toMatchObject({ code: 'limit-reached', detail: expect.stringContaining('3 active') });
  await expect(create('globex')).resolves.toBeDefined();
  await service.revoke(second);
  await create();
  await expect(create()).rejects.toMatchObject({ code: 'limit-reached' });
  clock.pass(10_000);
  expect(first.expiresAt).toBeLessThan(clock.now());
  await create();
});

test('who makes and revokes without end is stopped too, by what is kept', async () => {
  const { create, service } = make();
  const churn = async () => service.revoke(await create());
  for (let n = 0; n <= 30; n += 1) await churn();
  await expect(churn()).rejects.toMatchObject({ code: 'limit-reached', detail: expect.stringContaining('30 keys') });
});
