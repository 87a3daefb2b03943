import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiKey, created, revoked } from '../../auth/api-keys/api-key.ts';
import type { ApiKeyStore } from '../../auth/api-keys/service.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { newestFirst, walk } from '../../testing/listing.conformance.ts';
import { makeApiKeyStore } from './api-key-store.ts';

const clock = makeTestClock();
const retentionMs = 30 * 86_400_000;
let dynamo: DynamoFixture;
let keys: ApiKeyStore;
let made = 0;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
  keys = makeApiKeyStore(dynamo.table);
});
afterAll(() => dynamo.stop());

const stamp = () => ({ now: clock.now(), writeId: `w${made}`, retentionMs });
const create = async (tenant: string): Promise<ApiKey> => {
  made += 1;
  const input = {
    name: `n${made}`,
    scopes: ['events:read', 'admin'] as const,
    expiresAt: clock.now() + 1,
    rateLimit: 5,
  };
  const key = created({ id: `key_${String(made).padStart(26, '0')}`, tenant, hash: `h${made}`, input }, stamp());
  expect(await keys.create(key)).toMatchObject({ written: true });
  return key;
};

it('a key comes back as it was stored', async () => {
  const key = await create('one');
  expect(await keys.get(key.id)).toEqual(key);
  const ended: ApiKey = {
    ...revoked(key, { ...stamp(), writeId: 'x' }),
    rotatedAt: 1,
    secrets: [{ hash: 'h', until: 2 }],
  };
  await keys.replace(ended, key.writeId);
  expect(await keys.get(key.id)).toEqual(ended);
});

it("a tenant's keys are listed newest first, page by page, and no other tenant's", async () => {
  const own: ApiKey[] = [];
  for (let n = 0; n < 5; n += 1) {
    own.push(await create('two'));
    await create('two-b');
    clock.pass(1);
  }
  const listed = await walk(keys.list, { tenant: 'two', limit: 2 });
  expect(listed.map(({ id }) => id)).toEqual(newestFirst(own));
});

it('when it was used only moves on, is no revision, and makes no record of its own', async () => {
  const key = await create('three');
  await keys.touch(key.id, 2_000);
  await keys.touch(key.id, 1_000);
  expect(await keys.get(key.id)).toEqual({ ...key, lastUsedAt: 2_000 });
  const absent = `key_${'z'.repeat(26)}`;
  await keys.touch(absent, 1_000);
  expect(await keys.get(absent)).toBeUndefined();
});

it('is gone when its retention is over', async () => {
  const key = await create('four');
  clock.pass(retentionMs + 1_001);
  expect(await keys.get(key.id)).toBeUndefined();
  expect((await keys.list({ tenant: 'four', limit: 10 })).items).toEqual([]);
});
