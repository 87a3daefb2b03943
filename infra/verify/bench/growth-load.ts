/**
 * Fills the table of a stack that does not run, straight into its LevelDB: the items that the
 * service itself would write (its own state machine and mapping make them), with their index rows.
 * A child of the bench: `dataDir stored`.
 */
import { join } from 'node:path';
import { marshall } from '@aws-sdk/util-dynamodb';
import { notificationMapping } from '../../../lib/aws/items/notification-item.ts';
import type { Notification } from '../../../lib/notifications/notification.ts';
import { create } from '../../../lib/notifications/state/client-commands.ts';
import { makePolicy } from '../../../lib/notifications/state/policy.ts';
import { random } from '../../../lib/platform/random.ts';
import { KNOWN_TYPES } from '../../../lib/schema/notification-types.ts';
import { dbModule, type Item, type Operation, type Table } from '../../../localstack/dynamodb/dynalite.ts';
import { indexOperations } from '../../../localstack/dynamodb/patches/index-rows.ts';

const [dataDir = '', storedText = ''] = process.argv.slice(2);
const stored = Number(storedText);
const TABLE = 'event-notification-service-local';
const BATCH = 2_000;
const DAY_MS = 86_400_000;
/** Everything spread over this long. */
const SPAN_MS = 30 * DAY_MS;
/** One in ten still waits; the rest was sent. */
const OPEN_EVERY = 10;
/** A page of the measured list, the same in every store. */
const PER_ENTITY = 50;
const types = [...KNOWN_TYPES, 'order.shipped', 'invoice.overdue', 'trial.ending', 'report.ready'];

const now = Date.now();
const policy = makePolicy({ retryScheduleSeconds: [0, 5], retentionDays: 90, channelTimeoutMs: 15_000 });
const at = (time: number) => ({ now: time, real: time, writeId: random.token(), fraction: () => 0.5, policy });

const sent = (item: Notification): Notification => {
  const { nextCheckAt: _, ...rest } = item;
  const at = item.sendAt + 40;
  const attempt = {
    channel: 'email' as const,
    number: 1,
    startedAt: at - 30,
    finishedAt: at,
    latenessMs: 10,
    outcome: 'sent' as const,
  };
  const channels = { email: { to: 'user@example.com', state: 'sent' as const, attempts: 1, roundFrom: 0 } };
  const ended = { status: 'SENT' as const, sentAt: at, endedAt: at, firstClaimedAt: at - 35, attempts: [attempt] };
  return { ...rest, ...ended, channels, version: 3, updatedAt: at, expiresAt: Math.ceil((now + 60 * DAY_MS) / 1_000) };
};

const notification = (index: number): Notification => {
  const createdAt = Math.floor(now - SPAN_MS + (SPAN_MS * index) / stored);
  const open = index % OPEN_EVERY === 0;
  const sendAt = open ? now + SPAN_MS + index : createdAt + 1_000;
  const draft = {
    id: random.id('ntf_'),
    tenant: 'default',
    type: types[index % types.length] ?? 'custom',
    entityId: `user-${Math.floor(index / PER_ENTITY)}`,
    timing: { send_at: new Date(sendAt).toISOString() },
    to: { email: 'user@example.com' },
  };
  const { next } = create(draft, { sendAt }, at(createdAt));
  return open ? { ...next, status: 'SCHEDULED', nextCheckAt: sendAt + policy.graceMs } : sent(next);
};

const store = dbModule.create({
  path: join(dataDir, 'dynamodb'),
  createTableMs: 0,
  deleteTableMs: 0,
  updateTableMs: 0,
});
await store.db.open();
const table = await new Promise<Table>((resolve, reject) => {
  store.tableDb.get(TABLE, (error, found) => (error ? reject(error) : resolve(found as Table)));
});

const operationsOf = (item: Item, of: Table): Operation[] => [
  { type: 'put', key: `item-${of.TableName}~${dbModule.createKey(item, of)}`, value: item },
  ...indexOperations(of, null, item),
];

const write = (operations: Operation[]): Promise<void> =>
  new Promise((resolve, reject) => {
    store.db.batch(operations, (error) => (error ? reject(error) : resolve()));
  });

for (let from = 0; from < stored; from += BATCH) {
  const operations: Operation[] = [];
  for (let index = from; index < Math.min(stored, from + BATCH); index += 1) {
    const item = marshall(notificationMapping.toItem(notification(index)), {
      removeUndefinedValues: true,
    }) as unknown as Item;
    operations.push(...operationsOf(item, table));
  }
  await write(operations);
}
await store.db.close();
