import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import type { EventStore } from '../../events/repository.ts';
import type { NotificationStore } from '../../notifications/repository.ts';
import { random } from '../../platform/random.ts';
import { claimOf } from '../../testing/claim.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { rawMessage } from '../../testing/dead-letters.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeEvent } from '../../testing/event.ts';
import { eventStoreConforms } from '../../testing/event-store.conformance.ts';
import { makeNotification, notificationStoreConforms } from '../../testing/notification-store.conformance.ts';
import type { Keyring } from '../field-encryption/encrypt.ts';
import { makeTable, type Table } from '../table/table.ts';
import { makeDeadLetterStore } from './dead-letter-store.ts';
import { makeEventStore } from './event-store.ts';
import { makeNotificationStore } from './notification-store.ts';

const clock = makeTestClock();
const ring: Keyring = [{ id: 'k1', secret: new Uint8Array(32).fill(1) }];
let dynamo: DynamoFixture;
let notifications: NotificationStore;
let events: EventStore;

const tableWith = (keyring?: () => Promise<Keyring>): Table =>
  makeTable({ client: dynamo.client, tableName: dynamo.tableName, clock, keyring });

const storedText = async (id: string): Promise<string> => {
  const { Item = {} } = await dynamo.client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: id } } }));
  const bytes = (_: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  return JSON.stringify(
    Object.entries(unmarshall(Item)).map(([name, value]) => [name, bytes(name, value)]),
    bytes,
  );
};

beforeAll(async () => {
  dynamo = await startDynamo(clock);
  notifications = makeNotificationStore(tableWith(async () => ring));
  events = makeEventStore(
    tableWith(async () => ring),
    random,
  );
});
afterAll(() => dynamo.stop());

describe('the notification store with a keyring', () => {
  notificationStoreConforms({ store: () => notifications, clock });
});
describe('the event store with a keyring', () => {
  eventStoreConforms({ store: () => events, clock });
});

describe('with a keyring', () => {
  const personal = {
    subject: 'MARK subject',
    body: 'MARK body',
    data: { name: 'MARK data' },
    fingerprint: 'MARK fingerprint',
  };

  it('nothing personal of a notification, an event or a message is readable in the table', async () => {
    const notification = makeNotification({
      ...personal,
      channels: { email: { to: 'MARK@example.com', state: 'pending', attempts: 0, roundFrom: 0 } },
    });
    await notifications.create(notification);
    expect(await storedText(notification.id)).not.toContain('MARK');

    const { subject, fingerprint } = personal;
    const extensions = { partitionkey: 'MARK' };
    const event = makeEvent({
      id: 'evt_m',
      payload: { a: 'MARK' },
      sourceId: 'MARK',
      subject,
      fingerprint,
      extensions,
    });
    await events.create(event);
    expect(await storedText('evt_m')).not.toContain('MARK');

    const { messages } = makeDeadLetterStore(tableWith(async () => ring));
    const message = rawMessage('dlm_m', clock.now(), { body: 'MARK' });
    await messages.create(message);
    expect(await storedText('dlm_m')).not.toContain('MARK');
    expect(await messages.get('dlm_m')).toEqual(message);
  });

  it('what was stored before it stays readable, and is encrypted by its next whole write', async () => {
    const before = makeNotificationStore(tableWith());
    const item = makeNotification({ ...personal, tenant: 'switched' });
    await before.create(item);
    expect(await storedText(item.id)).toContain('MARK body');
    expect(await notifications.get(item.id)).toEqual(item);
    expect((await notifications.list({ tenant: 'switched', limit: 1 })).items).toEqual([item]);
    await notifications.replace({ ...item, writeId: 'encrypted' }, item.writeId);
    expect(await storedText(item.id)).not.toContain('MARK');
    await expect(before.get(item.id)).rejects.toThrow(/cannot be decrypted: FIELD_KEYS has no key "k1"$/);
  });

  it('nothing is claimed or written while the keys cannot be had', async () => {
    const item = makeNotification({ dueAt: 0 });
    await notifications.create(item);
    const keyless = makeNotificationStore(
      tableWith(async () => {
        throw new ServiceError('unavailable', 'no keys');
      }),
    );
    await expect(keyless.claim(claimOf(item, clock))).rejects.toMatchObject({ code: 'unavailable' });
    await expect(keyless.create(makeNotification())).rejects.toMatchObject({ code: 'unavailable' });
    expect(await notifications.get(item.id)).toEqual(item);
  });

  it('what meets a record without its key fails by the name of that key, and goes on where it was once the key is back', async () => {
    const item = makeNotification({ ...personal, dueAt: 0, tenant: 'keyless' });
    await notifications.create(item);
    const other: Keyring = [{ id: 'k2', secret: new Uint8Array(32).fill(2) }];
    const keyless = makeNotificationStore(tableWith(async () => other));
    const request = claimOf(item, clock);
    const missing = /^The encrypted attribute \w+ of ntf_\w+ cannot be decrypted: FIELD_KEYS has no key "k1"$/;
    await expect(keyless.claim(request)).rejects.toThrow(missing);
    await expect(keyless.claim({ ...request, writeId: 'again' })).rejects.toThrow(missing);
    await expect(keyless.list({ tenant: 'keyless', limit: 1 })).rejects.toThrow(missing);
    const both = makeNotificationStore(tableWith(async () => [...other, ...ring] as unknown as Keyring));
    expect(await both.get(item.id)).toMatchObject({ ...personal, status: 'SENDING', lease: { id: 'lease' } });
  });

  it('counts what is encrypted as DynamoDB does: what fits plain still fits', async () => {
    expect(await notifications.create(makeNotification({ data: { text: 'x'.repeat(256 * 1024) } }))).toMatchObject({
      written: true,
    });
    await expect(notifications.create(makeNotification({ data: { text: 'x'.repeat(360_000) } }))).rejects.toMatchObject(
      {
        code: 'payload-too-large',
      },
    );
  });
});
