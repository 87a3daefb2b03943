import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventQuery } from '../../events/repository.ts';
import type { Notification } from '../../notifications/notification.ts';
import type { NotificationQuery } from '../../notifications/repository.ts';
import { random } from '../../platform/random.ts';
import type { ListQuery } from '../../store/page.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { failedNotification, rawMessage, rejectedEvent } from '../../testing/dead-letters.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeEvent } from '../../testing/event.ts';
import { inWindow, newestFirst, walk } from '../../testing/listing.conformance.ts';
import { lives } from '../../testing/lives.ts';
import { makeNotification } from '../../testing/notification-store.conformance.ts';
import { makeDeadLetterStore } from '../stores/dead-letter-store.ts';
import { makeEventStore } from '../stores/event-store.ts';
import { makeNotificationStore } from '../stores/notification-store.ts';
import { makeOpenIndex } from '../stores/open-index.ts';
import { partitionFor } from './keys.ts';
import { makePartitions } from './partitions.ts';

const clock = makeTestClock();
const start = clock.now();
let dynamo: DynamoFixture;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
});
afterAll(() => dynamo.stop());

/** The stores of a process that was started with this setting. */
const processWith = (setting: number) => {
  const partitions = makePartitions(dynamo.table, { setting, clock });
  return {
    partitions,
    notifications: makeNotificationStore(dynamo.table, partitions),
    events: makeEventStore(dynamo.table, random, partitions),
    deadLetters: makeDeadLetterStore(dynamo.table, { partitions }),
    open: makeOpenIndex(dynamo.table, partitions),
  };
};

const storedKey = async (id: string, name: string): Promise<string | undefined> => {
  const answer = await dynamo.client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: id } } }));
  return answer.Item?.[name]?.S;
};

const inParallel = async <T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> => {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 20 }, worker));
};

const inOtherPartition = <T extends { id: string }>(make: () => T): T => {
  for (;;) {
    const made = make();
    if (partitionFor(made.id, 4) !== 0) return made;
  }
};

describe('with one partition', () => {
  const callsOf = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
    const calls: Record<string, number> = {};
    dynamo.client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (request) => {
          calls[commandName] = (calls[commandName] ?? 0) + 1;
          return next(request);
        },
      { step: 'initialize', name: 'counting' },
    );
    await work();
    dynamo.client.middlewareStack.remove('counting');
    return calls;
  };

  it('a list is one query for each key, and a read of the recorded number once in 4 s', async () => {
    const { notifications } = processWith(1);
    const list = (type?: string) => () => notifications.list({ tenant: 'none', limit: 10, ...(type && { type }) });
    expect(await callsOf(list())).toEqual({ GetItemCommand: 1, QueryCommand: 10 });
    clock.pass(4_000);
    expect(await callsOf(list('custom'))).toEqual({ QueryCommand: 1 });
    clock.pass(1);
    expect(await callsOf(list('custom'))).toEqual({ GetItemCommand: 1, QueryCommand: 1 });
  });

  it('rows are stored as they always were, and creating one asks nothing more of the table', async () => {
    const item = makeNotification({ tenant: 'single' });
    expect(await callsOf(() => processWith(1).notifications.create(item))).toEqual({ PutItemCommand: 1 });
    expect(await storedKey(item.id, 'list_key')).toBe('single#n#custom');
    expect(await processWith(1).notifications.get(item.id)).toEqual(item);
  });
});

describe('with four partitions for each type', () => {
  const tenant = 'spread';
  const types = ['user.signup', 'payment.failed', 'own.type'];
  const items: Notification[] = [];

  beforeAll(async () => {
    for (let n = 0; n < 1_000; n += 1)
      items.push(
        makeNotification({
          ...{ tenant, type: types[n % types.length] ?? '', createdAt: start + Math.floor(n / 3) },
          ...(n % 4 === 0 && { group: 'campaign' }),
        }),
      );
    const { notifications } = processWith(4);
    await inParallel(items, (item) => notifications.create(item));
  });

  const listed = (setting: number, query: Partial<NotificationQuery> = {}) =>
    walk((page: NotificationQuery) => processWith(setting).notifications.list(page), { tenant, limit: 100, ...query });

  it('a list of 1,000 comes back whole and in order, page by page', async () => {
    expect((await listed(4)).map(({ id }) => id)).toEqual(newestFirst(items));
    expect((await listed(4, { type: 'own.type', limit: 30 })).map(({ id }) => id)).toEqual(
      newestFirst(items.filter(({ type }) => type === 'own.type')),
    );
  });

  it.each<Omit<ListQuery, 'tenant' | 'limit'>>([
    { since: start + 100 },
    { until: start + 100 },
    { since: start + 50, until: start + 150 },
    { since: start + 50, until: start + 50 },
  ])('a list within %j has what was created then', async (window) => {
    const wanted = items.filter(({ createdAt }) => inWindow(createdAt, { tenant, limit: 1, ...window }));
    expect((await listed(4, { ...window, limit: 60 })).map(({ id }) => id)).toEqual(newestFirst(wanted));
  });

  it('rows of one type are spread over four keys, evenly', async () => {
    const counts = await Promise.all(
      ['n', 'n1', 'n2', 'n3'].map(async (kind) => {
        const answer = await dynamo.client.send(
          new QueryCommand({
            TableName: 'table',
            IndexName: 'by_time',
            KeyConditionExpression: 'list_key = :key',
            ExpressionAttributeValues: { ':key': { S: `${tenant}#${kind}#user.signup` } },
            Select: 'COUNT',
          }),
        );
        return answer.Count ?? 0;
      }),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(334);
    for (const count of counts) expect(count).toBeGreaterThan(40);
  });

  it.each([1, 8])('a process whose setting is %i lists them too', async (setting) => {
    expect((await listed(setting)).map(({ id }) => id)).toEqual(newestFirst(items));
  });

  it.each([1, 4, 8])('a group is listed whole by a process whose setting is %i', async (setting) => {
    const wanted = items.filter(({ group }) => group === 'campaign');
    expect((await listed(setting, { group: 'campaign' })).map(({ id }) => id)).toEqual(newestFirst(wanted));
  });

  it('a row from before is listed, and stays where it is when it is written again', async () => {
    const before = makeNotification({ tenant: 'older', createdAt: start });
    await processWith(1).notifications.create(before);
    const { notifications } = processWith(4);
    expect((await notifications.list({ tenant: 'older', limit: 1 })).items).toEqual([before]);
    await notifications.replace({ ...before, writeId: 'again' }, before.writeId);
    expect(await storedKey(before.id, 'list_key')).toBe('older#n#custom');
  });

  describe.each(Object.entries(lives))('a notification that is %s', (_, steps) => {
    it('stays in its partition, whatever the setting of the process that writes it', async () => {
      const item = inOtherPartition(() => makeNotification({ tenant: 'constant' }));
      await processWith(4).notifications.create(item);
      const key = await storedKey(item.id, 'list_key');
      expect(key).toMatch(/^constant#n[1-3]#custom$/);
      const { notifications } = processWith(1);
      for (const step of steps) {
        const current = await notifications.get(item.id);
        if (!current) throw new Error('gone');
        await notifications.replace(step(current), current.writeId);
        const open = await dynamo.client.send(new GetItemCommand({ TableName: 'table', Key: { id: { S: item.id } } }));
        expect(open.Item?.write_id?.S).not.toBe(current.writeId);
        expect(open.Item?.list_key?.S).toBe(key);
      }
    });
  });

  it('what is open is found by a reconciler of any setting', async () => {
    const due = clock.now() + 1_000_000_000;
    const open = Array.from({ length: 40 }, () => makeNotification({ tenant: 'open', nextCheckAt: due }));
    await inParallel(open, processWith(4).notifications.create);
    const wanted = open.map(({ id }) => id).toSorted();
    for (const setting of [1, 4, 8]) {
      const found = (await processWith(setting).open.due(due, 8_000)).map(({ id }) => id);
      expect(found.filter((id) => wanted.includes(id)).toSorted(), String(setting)).toEqual(wanted);
    }
  });

  it('events are listed by type, by source and all together', async () => {
    const events = Array.from({ length: 60 }, (_, n) =>
      makeEvent({ id: `evt_${n}`, tenant, source: n % 2 ? 'api' : 'a#1', createdAt: start + n, writeId: `w${n}` }),
    );
    await inParallel(events, processWith(4).events.create);
    for (const setting of [1, 4]) {
      const list = (query: Partial<EventQuery>) =>
        walk((page: EventQuery) => processWith(setting).events.list(page), { tenant, limit: 7, ...query });
      const ids = async (query: Partial<EventQuery>) => (await list(query)).map(({ id }) => id);
      expect(await ids({})).toEqual(newestFirst(events));
      expect(await ids({ type: 'user.signup' })).toEqual(newestFirst(events));
      expect(await ids({ source: 'a#1' })).toEqual(newestFirst(events.filter(({ source }) => source === 'a#1')));
    }
    const keys = () => Promise.all(events.map(({ id }) => storedKey(id, 'entity_key')));
    const spread = await keys();
    expect(new Set(spread).size).toBe(8);
    const lower = processWith(1).events;
    for (const { id } of events) {
      const event = await lower.get(id);
      if (event) await lower.replace({ ...event, status: 'REJECTED', writeId: `${id}-rejected` }, event.writeId);
      expect(await storedKey(id, 'dead_key')).toBe(`${tenant}#message${event?.partition ?? ''}`);
    }
    expect(await keys()).toEqual(spread);
  });
});

describe('dead letters in four partitions', () => {
  const tenant = 'dead';
  const ids = Array.from({ length: 40 }, (_, n) => n);
  const letters = {
    notifications: ids.map((n) => failedNotification(`ntf_dead${n}`, start + 3 * n, { tenant })),
    events: ids.map((n) => rejectedEvent(`evt_dead${n}`, start + 3 * n + 1, { tenant })),
    messages: ids.map((n) => rawMessage(`dlm_dead${n}`, start + 3 * n + 2, { tenant })),
  };

  beforeAll(async () => {
    const { notifications, events, deadLetters } = processWith(4);
    await inParallel(letters.notifications, notifications.create);
    await inParallel(letters.events, events.create);
    await inParallel(letters.messages, deadLetters.messages.create);
  });

  it.each([1, 8])('are listed and counted by a process whose setting is %i', async (setting) => {
    const { deadLetters } = processWith(setting);
    const found = await walk(deadLetters.list, { tenant, limit: 7 });
    const newest = ids.toReversed().flatMap((n) => [`dlm_dead${n}`, `evt_dead${n}`, `ntf_dead${n}`]);
    expect(found.map(({ item }) => item.id)).toEqual(newest);
    expect(await deadLetters.count({ tenant, until: start + 60 }, 1_000)).toBe(60);
    expect(await deadLetters.count({ tenant, until: start + 60, kind: 'message' }, 39)).toBeUndefined();
  });

  it('are spread over four keys, and a message that is redriven stays in its partition', async () => {
    const { messages } = processWith(1).deadLetters;
    const keys = await Promise.all(letters.notifications.map(({ id }) => storedKey(id, 'dead_key')));
    expect([...new Set(keys)].toSorted()).toEqual(['', 1, 2, 3].map((n) => `dead#delivery${n}`));
    for (const { id } of letters.messages.slice(0, 8)) {
      const message = await messages.get(id);
      if (!message) throw new Error(`no ${id}`);
      const key = await storedKey(id, 'dead_key');
      await messages.replace({ ...message, redrivenAt: start, writeId: `${id}-redriven` }, message.writeId);
      expect(await storedKey(id, 'dead_key')).toBe(key?.replace('message', 'redriven'));
      await messages.replace({ ...message, writeId: message.writeId }, `${id}-redriven`);
    }
  });
});

describe('the number that the table remembers', () => {
  it('never goes down', async () => {
    await processWith(8).partitions.assign('ntf_x');
    await processWith(4).partitions.assign('ntf_x');
    expect(await processWith(1).partitions.count()).toBe(8);
  });

  it('is asked for again after 4 s, so that a process learns of a raise that others have made', async () => {
    const { partitions } = processWith(2);
    expect(await partitions.count()).toBe(8);
    await processWith(16).partitions.assign('ntf_x');
    expect(await partitions.count()).toBe(8);
    clock.pass(4_001);
    expect(await partitions.count()).toBe(16);
  });

  it('is there before the first row: where it cannot be recorded none is created, and the next try records it', async () => {
    let broken = true;
    const table: typeof dynamo.table = {
      ...dynamo.table,
      update: (...request) => (broken ? Promise.reject(new Error('down')) : dynamo.table.update(...request)),
    };
    const store = makeNotificationStore(table, makePartitions(table, { setting: 17, clock }));
    const item = makeNotification();
    await expect(store.create(item)).rejects.toThrow('down');
    expect(await store.get(item.id)).toBeUndefined();
    broken = false;
    await store.create(item);
    expect(await processWith(1).partitions.count()).toBe(17);
  });
});
