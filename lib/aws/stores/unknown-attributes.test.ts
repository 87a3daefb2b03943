/** Two releases side by side: what the other one stored survives every write of this one. */
import { type AttributeValue, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawMessage } from '../../dead-letters/dead-letter.ts';
import { erase } from '../../erasure/state/erasure-state.ts';
import { isOpen, type Notification } from '../../notifications/notification.ts';
import { retry } from '../../notifications/state/client-commands.ts';
import { finish } from '../../notifications/state/worker-steps.ts';
import { random } from '../../platform/random.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { rawMessage } from '../../testing/dead-letters.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { makeEvent } from '../../testing/event.ts';
import { makeNotification } from '../../testing/notification-store.conformance.ts';
import { at } from '../../testing/states.ts';
import type { Keyring } from '../field-encryption/encrypt.ts';
import { makeTable } from '../table/table.ts';
import { makeDeadLetterStore } from './dead-letter-store.ts';
import { makeEndpointStore } from './endpoint-store.ts';
import { makeEventStore } from './event-store.ts';
import { makeNotificationStore } from './notification-store.ts';
import { makeOpenIndex } from './open-index.ts';

/** No row names them. The bytes look like an encrypted field, of a key that there is not. */
const INVENTED: Record<string, AttributeValue> = {
  next_release_key: { S: 'tenant#group' },
  next_release_number: { N: '12345678901234567890123456789012345678' },
  next_release_secret: { B: new Uint8Array([1, 2, 107, 57, ...Array.from({ length: 40 }, (_, byte) => byte)]) },
  next_release_names: { SS: ['a', 'b'] },
  next_release_shape: { M: { list: { L: [{ NULL: true }, { BOOL: false }, { S: '' }] } } },
};

const clock = makeTestClock();
const ring: Keyring = [{ id: 'k1', secret: new Uint8Array(32).fill(1) }];
let dynamo: DynamoFixture;
const tableOf = () =>
  makeTable({ client: dynamo.client, tableName: dynamo.tableName, clock, keyring: async () => ring });
beforeAll(async () => {
  dynamo = await startDynamo(clock);
});
afterAll(() => dynamo.stop());

const rawOf = async (id: string): Promise<Record<string, AttributeValue>> => {
  const call = new GetItemCommand({ TableName: dynamo.tableName, Key: { id: { S: id } } });
  return (await dynamo.client.send(call)).Item ?? {};
};
const inventedOf = async (id: string) =>
  Object.fromEntries(Object.entries(await rawOf(id)).filter(([name]) => name.startsWith('next_release_')));

/** What the other release adds to a record that is there. */
const invent = async (id: string): Promise<void> => {
  const names = Object.keys(INVENTED);
  await dynamo.client.send(
    new UpdateItemCommand({
      TableName: dynamo.tableName,
      Key: { id: { S: id } },
      UpdateExpression: `SET ${names.map((name, at) => `${name} = :v${at}`).join(', ')}`,
      ExpressionAttributeValues: Object.fromEntries(names.map((name, at) => [`:v${at}`, INVENTED[name] ?? { S: '' }])),
    }),
  );
};

const on = () => ({ ...at(clock.now()), writeId: crypto.randomUUID() });

describe('attributes of another release', () => {
  it('survive claim, failure, retry and success of a notification byte for byte, and not its erasure', async () => {
    const store = makeNotificationStore(tableOf());
    const email = { to: 'a@example.com', state: 'pending' as const, attempts: 0, roundFrom: 0, nextAttemptAt: 0 };
    const item = makeNotification({ dueAt: 0, body: 'Hello', channels: { email } });
    await store.create(item);
    await invent(item.id);
    const deliver = async (outcome: 'failed' | 'sent', { timerSeq }: Notification): Promise<Notification> => {
      const lease = { id: crypto.randomUUID(), claimedAt: clock.now(), until: clock.real() + 25_000 };
      const claim = await store.claim({ id: item.id, timerSeq, now: clock.now(), lease, writeId: lease.id });
      if (!claim.written) throw new Error('not claimed');
      const at = { startedAt: clock.now(), finishedAt: clock.now() };
      const result = outcome === 'sent' ? { outcome } : { outcome, error: 'http_410' as const };
      const done = finish(claim.item, lease.id, { email: { ...at, result } }, on());
      if (!done) throw new Error('not finished');
      await store.replace(done.next, claim.item.writeId);
      expect(await inventedOf(item.id)).toEqual(INVENTED);
      return done.next;
    };
    const failed = await deliver('failed', item);
    const again = retry(failed, on());
    if ('refused' in again) throw new Error(again.refused);
    await store.replace(again.next, failed.writeId);
    const sent = await deliver('sent', again.next);
    expect([isOpen(sent), (await store.get(item.id))?.body]).toEqual([false, 'Hello']);
    const by = { jobId: 'era_1', names: () => false, token: () => 't' };
    const found = await store.get(item.id);
    if (!found) throw new Error('gone');
    await store.replace(erase(found, by, on()).next, sent.writeId);
    expect(await inventedOf(item.id)).toEqual({});
  });

  it('survive a write of an event, an endpoint and a raw message', async () => {
    const table = tableOf();
    const { messages } = makeDeadLetterStore(table);
    const survive = async <T extends { id: string; writeId: string }>(
      store: {
        create(item: T): Promise<unknown>;
        get(id: string): Promise<T | undefined>;
        replace(next: T, expected: string): Promise<unknown>;
      },
      item: T,
    ) => {
      await store.create(item);
      await invent(item.id);
      const found = await store.get(item.id);
      if (!found) throw new Error('gone');
      await store.replace({ ...found, writeId: 'next' }, item.writeId);
      expect((await rawOf(item.id)).write_id).toEqual({ S: 'next' });
      expect(await inventedOf(item.id)).toEqual(INVENTED);
    };
    await survive(makeEventStore(table, random), makeEvent());
    await survive(makeEndpointStore(table), makeEndpoint());
    await survive<RawMessage>(messages, rawMessage('dlm_unknown', clock.now()));
  });
});

describe('records of another release', () => {
  const copyAs = async (id: string, from: string): Promise<void> => {
    const { position, ...rest } = await rawOf(from);
    const Item = { ...rest, id: { S: id }, position: { S: `${position?.S}${id}` } };
    await dynamo.client.send(new PutItemCommand({ TableName: dynamo.tableName, Item }));
  };

  it('are passed by in lists, and keep no page from being filled', async () => {
    const store = makeNotificationStore(tableOf());
    const mine = makeNotification({ tenant: 'mixed' });
    await store.create(mine);
    for (let number = 0; number < 7; number += 1) await copyAs(`nxt_${number}`, mine.id);
    const { items } = await store.list({ tenant: 'mixed', limit: 1 });
    expect(items.map(({ id }) => id)).toEqual([mine.id]);
  });

  it('are left to that release by the reconciler, and hide nothing that is behind them', async () => {
    const store = makeNotificationStore(tableOf());
    const now = clock.now();
    const mine = makeNotification({ nextCheckAt: now - 1_000 });
    await store.create(mine);
    const early = { ...(await rawOf(mine.id)), next_check_at: { N: String(now - 5_000) } };
    for (let number = 0; number < 20; number += 1) {
      const Item = { ...early, id: { S: `nxt_open_${number}` } };
      await dynamo.client.send(new PutItemCommand({ TableName: dynamo.tableName, Item }));
    }
    const due = await makeOpenIndex(dynamo.table).due(now, 8);
    expect(due.map(({ id }) => id)).toContain(mine.id);
    expect(due.every(({ id }) => !id.startsWith('nxt_'))).toBe(true);
  });
});
