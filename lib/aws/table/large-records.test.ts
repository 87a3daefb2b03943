/** Whole flows over thirty records of 250 KB, which one answer of BatchGetItem does not hold. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDeadLetterService } from '../../dead-letters/service.ts';
import { makeErasureService } from '../../erasure/service.ts';
import { random } from '../../platform/random.ts';
import type { ListQuery, Page } from '../../store/page.ts';
import { failedNotification, makeRedriveRunner } from '../../testing/dead-letters.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeErasurePorts, makeErasureRunner } from '../../testing/erasure.ts';
import { makeEvent } from '../../testing/event.ts';
import { forever } from '../../testing/jobs.ts';
import { makeDeadLetterStore } from '../stores/dead-letter-store.ts';
import { makeEventStore } from '../stores/event-store.ts';
import { makeNotificationStore } from '../stores/notification-store.ts';

const RECORDS = 30;
const body = 'x'.repeat(250_000);
const tenant = 'default';

const memory = makeErasurePorts();
const { clock } = memory;
const died = clock.now() - 1_000;
const idsOf = (prefix: string): string[] =>
  Array.from({ length: RECORDS }, (_, n) => `${prefix}${String(n).padStart(26, '0')}`);
let dynamo: DynamoFixture;
let ports: typeof memory;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
  const { table } = dynamo;
  const stores = {
    notifications: makeNotificationStore(table),
    events: makeEventStore(table, random),
    deadLetters: makeDeadLetterStore(table),
  };
  ports = { ...memory, ...stores };
  for (const [n, id] of idsOf('ntf_').entries()) {
    await ports.notifications.create(failedNotification(id, died - n, { body }));
  }
  for (const [n, id] of idsOf('evt_').entries()) {
    const { nextCheckAt: _, ...event } = makeEvent({ id, writeId: `w${n}`, createdAt: died - n });
    await ports.events.create({ ...event, status: 'PROCESSED', payload: { email: 'a@b.c', text: body } });
  }
});
afterAll(() => dynamo.stop());

const walk = async <T>(list: (query: ListQuery) => Promise<Page<T>>): Promise<T[][]> => {
  const pages: T[][] = [];
  for (let before: string | undefined = '9'; before !== undefined; ) {
    const page: Page<T> = await list({ tenant, limit: 100, before });
    pages.push(page.items);
    before = page.next;
  }
  return pages;
};

describe('thirty records of 250 KB', () => {
  it('are listed completely: notifications, events and dead letters', async () => {
    const notifications = await walk((query) => ports.notifications.list(query));
    expect(notifications.flat().map(({ id }) => id)).toEqual(idsOf('ntf_'));
    const events = await walk((query) => ports.events.list(query));
    expect(events.flat().map(({ id }) => id)).toEqual(idsOf('evt_'));
    const letters = await walk((query) => ports.deadLetters.list(query));
    expect(letters.flat().map(({ item }) => item.id)).toEqual(idsOf('ntf_'));
    for (const pages of [notifications, events, letters]) expect(pages.length).toBe(2);
  });

  it('are counted by a dry run, also where the records themselves must be read', async () => {
    const { match } = makeDeadLetterService(ports);
    expect(await match({ input: {}, tenant })).toBe(RECORDS);
    expect(await match({ input: { notification_type: 'user.signup' }, tenant })).toBe(RECORDS);
  });

  it('are redriven by a job that ends, each once', async () => {
    const service = makeRedriveRunner(ports);
    const { job } = await makeDeadLetterService(ports).redrive({ input: { per_second: 500 }, tenant });
    clock.pass(1_000);
    await service.run(job.id, forever);
    expect(memory.stored.jobs.read(job.id)).toMatchObject({ status: 'DONE', redriven: RECORDS, skipped: 0, failed: 0 });
    expect(memory.armed.map(({ id }) => id).toSorted()).toEqual(idsOf('ntf_'));
  });

  it('are erased by a job that ends', async () => {
    const { id } = await makeErasureService(ports).order({ input: { email: 'a@b.c' }, tenant });
    await makeErasureRunner(ports).run(id, forever);
    const totals = { examined: 2 * RECORDS, erased: 2 * RECORDS, canceled: RECORDS };
    expect(memory.stored.jobs.read(id)).toMatchObject({ status: 'DONE', ...totals });
    for (const one of idsOf('ntf_')) expect(await ports.notifications.get(one)).not.toHaveProperty('body');
    for (const one of idsOf('evt_')) expect((await ports.events.get(one))?.payload).toEqual({});
  });
});
