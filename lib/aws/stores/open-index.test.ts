import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeNotification } from '../../testing/notification-store.conformance.ts';
import type { Keyring } from '../field-encryption/encrypt.ts';
import { makeTable, type Table } from '../table/table.ts';
import { makeNotificationStore } from './notification-store.ts';
import { makeOpenIndex } from './open-index.ts';

const clock = makeTestClock();
const ringOf = (id: string, fill: number): Keyring => [{ id, secret: new Uint8Array(32).fill(fill) }];
let dynamo: DynamoFixture;
const tableWith = (ring: Keyring): Table =>
  makeTable({ client: dynamo.client, tableName: dynamo.tableName, clock, keyring: async () => ring });

beforeAll(async () => {
  dynamo = await startDynamo(clock);
});
afterAll(() => dynamo.stop());

describe('an item on the index of what is open', () => {
  const now = clock.now();
  const stored = async () => {
    const item = makeNotification({ nextCheckAt: now - 1_000, body: 'text' });
    await makeNotificationStore(tableWith(ringOf('k1', 1))).create(item);
    return item;
  };
  const dueOf = async (id: string) => (await makeOpenIndex(dynamo.table).due(now, 100)).find((due) => due.id === id);

  it('is put off without its field key, and comes back as it was but for the time of its next look', async () => {
    const item = await stored();
    const index = makeOpenIndex(tableWith(ringOf('k2', 2)));
    const due = await dueOf(item.id);
    expect(due).toEqual({ id: item.id, kind: 'notification', nextCheckAt: now - 1_000 });
    if (due) await index.postpone(due, now + 600_000);
    expect(await dueOf(item.id)).toBeUndefined();
    const after = await makeNotificationStore(tableWith(ringOf('k1', 1))).get(item.id);
    expect(after).toEqual({ ...item, nextCheckAt: now + 600_000 });
  });

  it('is left as it is when it has moved meanwhile, ended, or gone', async () => {
    const item = await stored();
    const store = makeNotificationStore(tableWith(ringOf('k1', 1)));
    const moved = { ...item, nextCheckAt: now + 5, writeId: 'moved' };
    await store.replace(moved, item.writeId);
    const index = makeOpenIndex(dynamo.table);
    const due = { id: item.id, kind: 'notification' as const, nextCheckAt: now - 1_000 };
    await index.postpone(due, now + 600_000);
    expect(await store.get(item.id)).toEqual(moved);
    await index.postpone({ ...due, id: 'ntf_none' }, now + 600_000);
    expect(await store.get('ntf_none')).toBeUndefined();
  });
});
