import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeadLetterStore } from '../../dead-letters/dead-letter.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { failedNotification, makeDeadLetterPorts, rawMessage, rejectedEvent } from '../../testing/dead-letters.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { eventMapping } from '../items/event-item.ts';
import { notificationMapping } from '../items/notification-item.ts';
import { makeDeadLetterStore } from './dead-letter-store.ts';

const clock = makeTestClock();
const now = clock.now();
const webhook = (to: string, state: 'failed' | 'sent' = 'failed') => ({ to, state, attempts: 2, roundFrom: 0 });
const endpointId = `end_${'1'.repeat(26)}`;
const [atEndpoint, notAtEndpoint] = [webhook(endpointId), webhook(endpointId, 'sent')];
const email = { to: 'a@b.c', state: 'failed' as const, attempts: 1, roundFrom: 0 };
const notifications = [
  failedNotification('ntf_a', now - 1_000),
  failedNotification('ntf_b', now - 5_000, { type: 'payment.failed' }),
  failedNotification('ntf_c', now - 5_000),
  failedNotification('ntf_open', now - 2_000, { status: 'RETRYING' }),
  failedNotification('ntf_hook', now - 8_000, { channels: { email, webhook: atEndpoint } }),
  failedNotification('ntf_hook_sent', now - 8_100, { channels: { email, webhook: notAtEndpoint } }),
  failedNotification('ntf_hook_url', now - 8_200, { channels: { webhook: webhook('https://example.com/') } }),
  failedNotification('ntf_other', now - 2_000, { tenant: 'other' }),
  failedNotification('ntf_expired', now - 3_000, { expiresAt: Math.floor(now / 1000) - 1 }),
];
const hooks = ['ntf_hook', 'ntf_hook_sent', 'ntf_hook_url'];
const events = [rejectedEvent('evt_a', now - 2_000), rejectedEvent('evt_ok', now - 2_000, { status: 'PROCESSED' })];
const raws = [rawMessage('dlm_a', now - 4_000), rawMessage('dlm_sent', now - 6_000, { redrivenAt: now - 10 })];

let dynamo: DynamoFixture;
const stores: Record<string, DeadLetterStore> = {};

beforeAll(async () => {
  const ports = makeDeadLetterPorts();
  for (const item of notifications) ports.stored.notifications.write(item);
  for (const item of events) ports.stored.events.write(item);
  for (const item of raws) ports.stored.raws.write(item);
  stores.memory = ports.deadLetters;

  dynamo = await startDynamo(clock);
  for (const item of notifications) await dynamo.table.create(item, notificationMapping);
  for (const item of events) await dynamo.table.create(item, eventMapping);
  const table = makeDeadLetterStore(dynamo.table);
  for (const item of raws) await table.messages.create(item);
  stores.table = table;
});
afterAll(() => dynamo.stop());

const tenant = 'default';
const storeOf = (name: string): DeadLetterStore => {
  const store = stores[name];
  if (!store) throw new Error(`no store ${name}`);
  return store;
};

describe.each(['memory', 'table'])('the dead letters in the %s', (name) => {
  const ids = async (query: Partial<Parameters<DeadLetterStore['list']>[0]> = {}) => {
    const { items, next } = await storeOf(name).list({ tenant, limit: 10, ...query });
    expect(next).toBeUndefined();
    return items.map(({ item }) => item.id);
  };

  it('are everything dead, newest death first', async () => {
    expect(await ids()).toEqual(['ntf_a', 'evt_a', 'dlm_a', 'ntf_c', 'ntf_b', 'dlm_sent', ...hooks]);
  });

  it.each([
    [{ kind: 'delivery' as const }, ['ntf_a', 'ntf_c', 'ntf_b', ...hooks]],
    [{ endpointId }, ['ntf_hook']],
    [{ endpointId, type: 'payment.failed' }, []],
    [{ endpointId, kind: 'message' as const }, []],
    [{ endpointId, until: now - 8_000 }, []],
    [{ endpointId: `end_${'2'.repeat(26)}` }, []],
    [{ kind: 'message' as const }, ['evt_a', 'dlm_a', 'dlm_sent']],
    [{ redrivable: true }, ['ntf_a', 'evt_a', 'dlm_a', 'ntf_c', 'ntf_b', ...hooks]],
    [{ type: 'payment.failed' }, ['ntf_b']],
    [{ kind: 'message' as const, type: 'payment.failed' }, []],
    [{ since: now - 4_000, until: now - 1_000 }, ['evt_a', 'dlm_a']],
    [{ until: now - 5_000 }, ['dlm_sent', ...hooks]],
    [{ since: now }, []],
  ])('are filtered by %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  it('come page by page, each once', async () => {
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await storeOf(name).list({ tenant, limit: 2, ...(before !== undefined && { before }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ item }) => item.id));
      before = page.next;
    } while (before !== undefined);
    expect(seen).toEqual(['ntf_a', 'evt_a', 'dlm_a', 'ntf_c', 'ntf_b', 'dlm_sent', ...hooks]);
  });

  it('come back whole', async () => {
    const { items } = await storeOf(name).list({ tenant, limit: 10 });
    const found = new Map(items.map(({ item }) => [item.id, item]));
    expect(found.get('ntf_a')).toEqual(notifications[0]);
    expect(found.get('evt_a')).toEqual(events[0]);
    expect(found.get('dlm_sent')).toEqual(raws[1]);
  });

  it('are counted up to a limit', async () => {
    const count = (filters = {}, max = 100) => storeOf(name).count({ tenant, until: now, ...filters }, max);
    expect(await count({ kind: 'message' })).toBe(2);
    expect(await count({ type: 'user.signup' })).toBe(2 + hooks.length);
    expect(await count({ endpointId })).toBe(1);
    expect(await count({ kind: 'delivery', until: now - 3_001 })).toBe(2 + hooks.length);
    expect(await count({ kind: 'delivery', since: now - 1_500 })).toBe(1);
    expect(await count({ since: now, until: now })).toBe(0);
    expect(await count({ kind: 'message' }, 1)).toBeUndefined();
  });
});

it('counts past one page of keys', async () => {
  const store = makeDeadLetterStore(dynamo.table, { countPage: 10 });
  const total = 43;
  const many = Array.from({ length: total }, (_, n) => rawMessage(`dlm_${n}`, now - (n % 7), { tenant: 'many' }));
  await Promise.all(many.map((raw) => store.messages.create(raw)));
  expect(await store.count({ tenant: 'many', until: now + 1 }, 100_000)).toBe(total);
  expect(await store.count({ tenant: 'many', until: now + 1 }, 42)).toBeUndefined();
});

it('the longest body that is kept fits into an item, whatever it is made of', async () => {
  const raw = rawMessage('dlm_long', now, { tenant: 'long', body: '"'.repeat(350_000), bytes: 350_000 });
  expect(await storeOf('table').messages.create(raw)).toMatchObject({ written: true });
  expect(await storeOf('table').messages.get('dlm_long')).toEqual(raw);
});

it('an expired one that the table still holds is counted, since keys alone are read, and never listed', async () => {
  expect(await storeOf('table').count({ tenant, kind: 'delivery', until: now }, 100)).toBe(4 + hooks.length);
  expect(await storeOf('memory').count({ tenant, kind: 'delivery', until: now }, 100)).toBe(3 + hooks.length);
});
