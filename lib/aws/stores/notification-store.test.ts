import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotificationStore } from '../../notifications/repository.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeNotification, notificationStoreConforms } from '../../testing/notification-store.conformance.ts';
import { states } from '../../testing/states.ts';
import { makeTable } from '../table/table.ts';
import { makeNotificationStore } from './notification-store.ts';
import { makeOpenIndex } from './open-index.ts';

const clock = makeTestClock();
let dynamo: DynamoFixture;
let store: NotificationStore;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
  store = makeNotificationStore(dynamo.table);
});
afterAll(() => dynamo.stop());

describe('the notification store on DynamoDB', () => {
  notificationStoreConforms({ store: () => store, clock });

  it('refuses what could not grow any more, and takes what a body may hold', async () => {
    const text = (length: number) => makeNotification({ data: { text: 'x'.repeat(length) } });
    await expect(store.create(text(360_000))).rejects.toMatchObject({ code: 'payload-too-large' });
    expect(await store.create(text(256 * 1024))).toMatchObject({ written: true });
  });

  it('counts bytes as DynamoDB does: quotes within what is kept as text weigh no more than they are', async () => {
    const item = makeNotification({ data: { list: Array.from({ length: 63_000 }, () => 'x') } });
    expect(await store.create(item)).toMatchObject({ written: true });
  });
});

describe('the open index', () => {
  it('holds what is open and due for a look, oldest first in its shard, and lets go of what has ended', async () => {
    const open = makeOpenIndex(dynamo.table);
    const far = clock.now() + 1_000_000_000;
    const items = Array.from({ length: 30 }, (_, n) => makeNotification({ nextCheckAt: far + n }));
    for (const item of items) await store.create(item);
    const ended = makeNotification({ expiresAt: 9_999_999_999 }, states.SENT());
    await store.create(ended);
    const dueBy = async (now: number) => {
      const ids = new Set(items.map(({ id }) => id));
      return (await open.due(now, 8_000)).filter(({ id }) => ids.has(id) || id === ended.id);
    };
    expect(await dueBy(far - 1)).toEqual([]);
    expect((await dueBy(far + 9)).map(({ id }) => id).toSorted()).toEqual(
      items
        .slice(0, 10)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(new Set((await dueBy(far + 100)).map(({ kind }) => kind))).toEqual(new Set(['notification']));

    for (const item of items) {
      const { nextCheckAt: _, ...rest } = item;
      await store.replace(
        { ...rest, status: 'CANCELED', expiresAt: 9_999_999_999, writeId: `${item.writeId}x` },
        item.writeId,
      );
    }
    expect(await dueBy(far + 100)).toEqual([]);
  });
});

describe('an outage', () => {
  it('is `unavailable` with its cause kept, for every operation', async () => {
    const { client, stop } = await startDynamo(clock);
    await stop();
    const broken = makeNotificationStore(makeTable({ client, tableName: 'table', clock }));
    const item = makeNotification();
    const lease = { id: 'l', claimedAt: 0, until: 0 };
    const operations = [
      () => broken.get(item.id),
      () => broken.create(item),
      () => broken.replace(item, 'w'),
      () => broken.claim({ id: item.id, timerSeq: 1, now: 0, lease, writeId: 'w' }),
      () => broken.list({ tenant: 'acme', limit: 1 }),
    ];
    for (const operation of operations) {
      await expect(operation()).rejects.toMatchObject({ code: 'unavailable', cause: expect.any(Error) });
    }
  });
});
