import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../batch/read.ts';
import { makeBatchRunner } from '../batch/run.ts';
import { ServiceError } from '../errors.ts';
import { makeEndpoint } from '../testing/endpoint.ts';
import type { TestPorts } from '../testing/ports.ts';
import { createMany } from './create-many.ts';
import type { NewNotification } from './notification.ts';
import type { NotificationStore } from './repository.ts';
import { DAY_MS, setUp as setUpService, tenant } from './service.testing.ts';
import { makeNotificationService } from './service.ts';

afterEach(() => vi.useRealTimers());

type Given = Partial<NewNotification> & { idempotency_key?: string };

const setUp = (change: (ports: TestPorts) => Partial<TestPorts> = () => ({})) => {
  const { service: single, input, ...base } = setUpService();
  const ports = { ...base, ...change(base) };
  const service = makeNotificationService(ports);
  const runBatch = makeBatchRunner(ports);
  const itemOf = ({ idempotency_key: idempotencyKey, ...given }: Given) => ({
    input: input(given),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
  const run = (items: Given[], { rejectsAll = false } = {}) => {
    const batch: Batch<NewNotification> = { items: items.map((given) => () => itemOf(given)), rejectsAll };
    return runBatch(batch, tenant, createMany({ ...ports, service }, tenant));
  };
  const results = async (...args: Parameters<typeof run>) =>
    (await run(...args)).map((one) =>
      'error' in one
        ? [one.error.code, ...(one.error.errors ?? []).map(({ pointer }) => pointer)]
        : { id: one.result.item.id, replayed: one.result.replayed },
    );
  return { ...ports, single, input, run, results };
};

const storeWith = (ports: TestPorts, change: (store: NotificationStore) => Partial<NotificationStore>) => ({
  notifications: { ...ports.notifications, ...change(ports.notifications) },
});

describe('a batch of notifications', () => {
  it('stores each, counts each, and hands all of them to their timers', async () => {
    const { run, memory, armed, recording } = setUp();
    const outcomes = await run([{ entity_id: 'a' }, { entity_id: 'b' }, { entity_id: 'c' }]);
    const items = outcomes.flatMap((one) => ('result' in one ? [one.result.item] : []));
    expect(items.map(({ entityId }) => entityId)).toEqual(['a', 'b', 'c']);
    expect(memory.all()).toEqual(items);
    expect(armed.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect(recording.count('notificationCreated')).toBe(3);
  });

  it('leaves out what breaks a rule, and says which of which item', async () => {
    const { results, memory } = setUp();
    expect(await results([{}, { email: 'no-address' }, { send_at: '2001-01-01' }])).toEqual([
      { id: expect.any(String), replayed: false },
      ['validation-failed', '/items/1/email'],
      ['validation-failed', '/items/2/send_at'],
    ]);
    expect(memory.all()).toHaveLength(1);
  });

  it('that is to be whole stores none when one breaks a rule, or is too large to be stored', async () => {
    const { run, memory } = setUp();
    const data = { text: 'x'.repeat(360_000) };
    await expect(run([{}, { email: 'no-address' }, { data }], { rejectsAll: true })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ pointer: '/items/1/email' }, { pointer: '/items/2' }],
    });
    expect(memory.all()).toEqual([]);
  });

  it('that is not refuses what is too large by itself', async () => {
    const { results } = setUp();
    expect(await results([{ data: { text: 'x'.repeat(360_000) } }, {}])).toEqual([
      ['payload-too-large', '/items/0'],
      { id: expect.any(String), replayed: false },
    ]);
  });

  it('reads an endpoint that many of its items name once', async () => {
    let reads = 0;
    const { endpoints, results } = setUp((ports) => ({
      endpoints: {
        ...ports.endpoints,
        get: (id) => {
          reads += 1;
          return ports.endpoints.get(id);
        },
      },
    }));
    const known = makeEndpoint({ tenant });
    await endpoints.create(known);
    const to = (endpoint_id: string) => ({ email: undefined as never, endpoint_id });
    const unknown = `end_${'9'.repeat(26)}`;
    const items = [...Array.from({ length: 20 }, () => to(known.id)), to(unknown)];
    const answers = await results(items);
    expect(answers.filter((one) => !Array.isArray(one))).toHaveLength(20);
    expect(answers.at(-1)).toEqual(['validation-failed', '/items/20/endpoint_id']);
    expect(reads).toBe(2);
  });

  it('waits a second at most for hand-offs that do not end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const timer = { arm: () => new Promise<void>(() => {}), disarm: async () => undefined };
    const { run, memory } = setUp(() => ({ timer }));
    let answered = 0;
    const answers = run(Array.from({ length: 30 }, () => ({}))).then((outcomes) => {
      answered = outcomes.length;
    });
    while (memory.all().length < 30 || vi.getTimerCount() < 30) await new Promise(setImmediate);
    vi.advanceTimersByTime(999);
    await new Promise(setImmediate);
    expect(answered).toBe(0);
    vi.advanceTimersByTime(1);
    await answers;
    expect(answered).toBe(30);
  });
});

describe('the idempotency_key of an item', () => {
  it('is that of the header of a single request, and no part of the content', async () => {
    const { single, input, results, memory } = setUp();
    const { item } = await single.create({ input: input(), tenant, idempotencyKey: 'k' });
    expect(await results([{ idempotency_key: 'k' }, { idempotency_key: 'other' }])).toEqual([
      { id: item.id, replayed: true },
      { id: expect.any(String), replayed: false },
    ]);
    expect(memory.all()).toHaveLength(2);
  });

  it('is refused with other content, without harm to the other items, also in a batch that is to be whole', async () => {
    const { single, input, results } = setUp();
    await single.create({ input: input(), tenant, idempotencyKey: 'k' });
    const items = [{ idempotency_key: 'k', entity_id: 'other' }, {}];
    for (const rejectsAll of [false, true])
      expect(await results(items, { rejectsAll })).toEqual([
        ['idempotency-key-reused', '/items/0/idempotency_key'],
        { id: expect.any(String), replayed: false },
      ]);
  });

  it('given twice makes one record, that of the first, which the same content answers', async () => {
    const { results, memory } = setUp();
    const items = [
      { idempotency_key: 'k', entity_id: 'first' },
      { idempotency_key: 'k', entity_id: 'second' },
      { idempotency_key: 'k', entity_id: 'first' },
    ];
    const [first, second, third] = await results(items);
    expect([first, second, third]).toEqual([
      { id: expect.any(String), replayed: false },
      ['idempotency-key-reused', '/items/1/idempotency_key'],
      { id: (first as { id: string }).id, replayed: true },
    ]);
    expect(memory.all()).toMatchObject([{ entityId: 'first' }]);
  });

  it('answers the record when its time has long passed, also in a batch that is to be whole', async () => {
    const { clock, input, results } = setUp();
    const { send_at } = input();
    const [first] = await results([{ idempotency_key: 'k', send_at }]);
    clock.pass(DAY_MS);
    expect(await results([{ idempotency_key: 'k', send_at }, {}], { rejectsAll: true })).toEqual([
      { ...(first as object), replayed: true },
      { id: expect.any(String), replayed: false },
    ]);
  });
});

describe('an outage', () => {
  const down = () => new ServiceError('unavailable', 'down');

  it('in the middle is 503 for the items it meets; repeated with their keys, nothing is there twice', async () => {
    let calls = 0;
    let isDown = true;
    const { results, memory, armed } = setUp((ports) =>
      storeWith(ports, (store) => ({
        create: async (item) => {
          calls += 1;
          if (isDown && calls % 3 === 0) throw down();
          return store.create(item);
        },
      })),
    );
    const items = Array.from({ length: 10 }, (_, n) => ({ idempotency_key: `k${n}` }));
    const first = await results(items);
    expect(first.filter((one) => Array.isArray(one))).toEqual([['unavailable'], ['unavailable'], ['unavailable']]);
    expect([memory.all().length, armed.length]).toEqual([7, 7]);
    isDown = false;
    const second = await results(items);
    expect(second).toEqual(
      first.map((one) =>
        Array.isArray(one) ? { id: expect.any(String), replayed: false } : { ...one, replayed: true },
      ),
    );
    expect([memory.all().length, armed.length]).toEqual([10, 10]);
  });
});
