import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { makeMemoryEventStore } from '../testing/memory-event-store.ts';
import { makeTestPorts } from '../testing/ports.ts';
import type { NewEvent } from './new-event.ts';
import type { EventStore } from './repository.ts';
import { makeEventService } from './service.ts';

const DAY_MS = 86_400_000;
const tenant = 'default';
const input: NewEvent = { type: 'user.signup', payload: { user_id: 123, nested: { a: 1, b: 2 } } };
const named: NewEvent = { ...input, id: 'order-1', source: 'shop' };

const setUp = (change: (events: EventStore) => Partial<EventStore> = () => ({})) => {
  const ports = makeTestPorts();
  const memory = makeMemoryEventStore(ports.clock);
  const events = { ...memory.store, ...change(memory.store) };
  return { ports, memory, events, service: makeEventService({ ...ports, events }) };
};
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error) => (error instanceof ServiceError ? [error.code, error.errors?.map((one) => one.pointer)] : error),
  );

describe('publishing', () => {
  it('stores, counts, enqueues, and answers what is stored', async () => {
    const { service, ports, memory } = setUp();
    const { event, created, replayed } = await service.publish({ input, tenant });
    expect({ created, replayed }).toEqual({ created: true, replayed: false });
    expect(memory.all()).toEqual([event]);
    expect(event).toMatchObject({ source: 'api', time: ports.clock.now(), status: 'ACCEPTED' });
    expect(ports.processed).toEqual([event.id]);
    expect(ports.recording.count('eventPublished')).toBe(1);
  });

  it('time is kept as the instant it names', async () => {
    const { event } = await setUp().service.publish({ input: { ...input, time: '2020-01-01T01:00:00+01:00' }, tenant });
    expect(event.time).toBe(Date.parse('2020-01-01T00:00:00Z'));
  });

  it('an enqueue that fails is logged and counted, never returned: the mark is there', async () => {
    const { ports, events } = setUp();
    const queues = { processEvents: () => Promise.reject(new Error('down')) };
    const service = makeEventService({ ...ports, events, queues });
    const { event } = await service.publish({ input, tenant });
    expect(event.nextCheckAt).toBe(ports.clock.now() + 120_000);
    expect(ports.recording.calls).toContainEqual({ verb: 'handOffFailed', args: [{ step: 'process' }] });
    expect(ports.logged).toHaveLength(1);
  });

  it('nothing is enqueued when nothing was stored', async () => {
    const down = new ServiceError('unavailable', 'down');
    const { service, ports } = setUp(() => ({ create: () => Promise.reject(down) }));
    expect(await codeOf(service.publish({ input, tenant }))).toEqual(['unavailable', undefined]);
    expect(ports.processed).toEqual([]);
  });
});

describe('an event with its own id', () => {
  it('again with the same content, in any order of members: the first event, not a new one', async () => {
    const { service, ports, memory } = setUp();
    const first = await service.publish({ input: named, tenant });
    ports.clock.pass(1_000);
    const reordered = {
      source: 'shop',
      id: 'order-1',
      payload: { nested: { b: 2, a: 1 }, user_id: 123 },
      type: 'user.signup',
    };
    expect(await service.publish({ input: reordered, tenant })).toEqual({
      created: false,
      replayed: false,
      event: first.event,
    });
    expect(memory.all()).toHaveLength(1);
    expect(ports.processed).toEqual([first.event.id]);
  });

  it('again with other content: 422, and the first stays', async () => {
    const { service, memory } = setUp();
    const { event } = await service.publish({ input: named, tenant });
    for (const other of [{ payload: {} }, { type: 'x' }, { subject: 's' }, { time: '2020-01-01' }]) {
      const outcome = codeOf(service.publish({ input: { ...named, ...other }, tenant }));
      expect(await outcome).toEqual(['idempotency-key-reused', ['/id']]);
    }
    expect(memory.all()).toEqual([event]);
  });

  it('is unique within its source and its tenant; no source is the default one', async () => {
    const { service } = setUp();
    const idOf = async (changes: object, of = tenant) =>
      (await service.publish({ input: { ...input, id: 'order-1', ...changes }, tenant: of })).event.id;
    const ids = [await idOf({ source: 'shop' }), await idOf({}), await idOf({}, 'other')];
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toMatch(/^evt_[0-9a-z]{26}$/);
    // Content is compared as given, before defaults: naming the default is other content.
    expect(await codeOf(idOf({ source: 'api' }))).toEqual(['idempotency-key-reused', ['/id']]);
  });

  it('ignores Idempotency-Key', async () => {
    const { service, memory } = setUp();
    await service.publish({ input: named, tenant, idempotencyKey: 'a' });
    const again = await service.publish({ input: named, tenant, idempotencyKey: 'b' });
    expect(again).toMatchObject({ created: false, replayed: false });
    expect((await service.publish({ input: { ...named, id: '2' }, tenant, idempotencyKey: 'a' })).created).toBe(true);
    expect(memory.all()).toHaveLength(2);
  });
});

describe('Idempotency-Key', () => {
  it('the same again is a replay of the record as it is now', async () => {
    const { service, events } = setUp();
    const { event } = await service.publish({ input, tenant, idempotencyKey: 'k' });
    await events.replace({ ...event, status: 'PROCESSED', writeId: 'w2' }, event.writeId);
    const again = await service.publish({ input, tenant, idempotencyKey: 'k' });
    expect(again).toMatchObject({ created: false, replayed: true, event: { id: event.id, status: 'PROCESSED' } });
  });

  it('with another body: 422', async () => {
    const { service } = setUp();
    await service.publish({ input, tenant, idempotencyKey: 'k' });
    const other = codeOf(service.publish({ input: { ...input, payload: {} }, tenant, idempotencyKey: 'k' }));
    expect(await other).toEqual(['idempotency-key-reused', ['/header/idempotency-key']]);
  });

  it('two at once: one record, one of them the creation', async () => {
    const { service, memory, ports } = setUp();
    const twice = await Promise.all([1, 2].map(() => service.publish({ input, tenant, idempotencyKey: 'k' })));
    expect(twice.map((one) => one.created).sort()).toEqual([false, true]);
    expect(memory.all()).toHaveLength(1);
    expect(ports.processed).toHaveLength(1);
  });

  it('belongs to its tenant', async () => {
    const { service } = setUp();
    await service.publish({ input, tenant, idempotencyKey: 'k' });
    expect((await service.publish({ input, tenant: 'other', idempotencyKey: 'k' })).created).toBe(true);
  });

  it('our own write, found by the SDK when it repeats it, is a creation and not a replay', async () => {
    const { service } = setUp((store) => ({
      create: async (event) => {
        await store.create(event);
        return store.create(event);
      },
    }));
    const outcome = await service.publish({ input, tenant, idempotencyKey: 'k' });
    expect(outcome).toMatchObject({ created: true, replayed: false });
  });

  it('is free again once its event has expired', async () => {
    const { service, events, ports } = setUp();
    const { event } = await service.publish({ input, tenant, idempotencyKey: 'k' });
    const expiresAt = (ports.clock.now() + 30 * DAY_MS) / 1000;
    await events.replace({ ...event, status: 'PROCESSED', expiresAt, writeId: 'w2' }, event.writeId);
    ports.clock.advance(30 * DAY_MS);
    const again = await service.publish({ input: { ...input, payload: {} }, tenant, idempotencyKey: 'k' });
    expect(again.created).toBe(true);
  });
});

describe('a batch', () => {
  const other: NewEvent = { ...named, id: 'order-2' };

  it('answers in the order given, stores once what is given twice, and enqueues in one call', async () => {
    const { service, memory, ports } = setUp();
    const events = await service.publishBatch({ inputs: [other, named, other], tenant });
    expect(events.map((event) => event.sourceId)).toEqual(['order-2', 'order-1', 'order-2']);
    expect(memory.all()).toHaveLength(2);
    expect(ports.processed).toEqual([events[0]?.id, events[1]?.id]);
  });

  it('the same id twice with different content: 400 that names the element, nothing written', async () => {
    const { service, memory } = setUp();
    const inputs = [other, named, { ...named, payload: {} }];
    expect(await codeOf(service.publishBatch({ inputs, tenant }))).toEqual(['validation-failed', ['/2/id']]);
    expect(memory.all()).toEqual([]);
  });

  it('other content than what is stored: 422 that names the element, nothing written', async () => {
    const { service, memory } = setUp();
    await service.publish({ input: named, tenant });
    const inputs = [other, { ...named, payload: {} }];
    expect(await codeOf(service.publishBatch({ inputs, tenant }))).toEqual(['idempotency-key-reused', ['/1/id']]);
    expect(memory.all()).toHaveLength(1);
  });

  it('one that is too large once it is written out: 413 that names the element, nothing written', async () => {
    const { service, memory } = setUp();
    const inputs = [other, { ...named, payload: { numbers: Array.from({ length: 50_000 }, () => 1e20) } }];
    expect(await codeOf(service.publishBatch({ inputs, tenant }))).toEqual(['payload-too-large', ['/1']]);
    expect(memory.all()).toEqual([]);
  });

  it('some that are too large as they are stored: 413 that names each, nothing written, nothing enqueued', async () => {
    const { service, memory, ports } = setUp();
    const payload = { text: 'x'.repeat(250_000) };
    const extensions = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`extension${n}`, '\u20ac'.repeat(1_024)]),
    );
    const large = (id: string) => ({ ...named, id, payload, extensions });
    const inputs = [other, large('order-3'), named, large('order-4')];
    expect(await codeOf(service.publishBatch({ inputs, tenant }))).toEqual(['payload-too-large', ['/1', '/3']]);
    expect(memory.all()).toEqual([]);
    expect(ports.processed).toEqual([]);
  });

  it('that cannot be weighed, since the keys are away: 503, nothing written', async () => {
    const away = new ServiceError('unavailable', 'no keys');
    const { service, memory } = setUp(() => ({ checkSize: () => Promise.reject(away) }));
    expect(await codeOf(service.publishBatch({ inputs: [named, other], tenant }))).toEqual(['unavailable', undefined]);
    expect(memory.all()).toEqual([]);
  });

  it('that failed half-way can be repeated: what it wrote is enqueued, and each event exists once', async () => {
    let fails = true;
    const { service, memory, ports } = setUp((store) => ({
      create: (event) =>
        fails && event.sourceId === 'order-2'
          ? Promise.reject(new ServiceError('unavailable', 'down'))
          : store.create(event),
    }));
    const inputs = [named, other];
    expect(await codeOf(service.publishBatch({ inputs, tenant }))).toEqual(['unavailable', undefined]);
    expect(ports.processed).toHaveLength(1);
    fails = false;
    const events = await service.publishBatch({ inputs, tenant });
    expect(memory.all()).toHaveLength(2);
    expect(ports.processed.sort()).toEqual(events.map((event) => event.id).sort());
  });

  it('racing with the same content: every event once', async () => {
    const { service, memory, ports } = setUp();
    const inputs = [named, other];
    const [a, b] = await Promise.all([1, 2].map(() => service.publishBatch({ inputs, tenant })));
    expect(a).toEqual(b);
    expect(memory.all()).toHaveLength(2);
    expect(ports.processed).toHaveLength(2);
  });

  it('of nothing is nothing', async () => {
    const { service, ports } = setUp();
    expect(await service.publishBatch({ inputs: [], tenant })).toEqual([]);
    expect(ports.processed).toEqual([]);
  });
});

describe('reading', () => {
  it('an event of another tenant, or none, is not found', async () => {
    const { service } = setUp();
    const { event } = await service.publish({ input, tenant });
    expect(await service.get({ id: event.id, tenant })).toEqual(event);
    for (const address of [
      { id: event.id, tenant: 'other' },
      { id: 'evt_none', tenant },
    ]) {
      expect(await codeOf(service.get(address))).toEqual(['not-found', undefined]);
    }
  });

  it('lists newest first, page by page, by source, type and time', async () => {
    const { service, ports } = setUp();
    const start = ports.clock.now();
    for (const [type, source] of [
      ['a', 's'],
      ['b', 's'],
      ['a', 't'],
      ['a', 's'],
    ] as const) {
      await service.publish({ input: { type, source, payload: {} }, tenant });
      ports.clock.pass(1_000);
    }
    const first = await service.list({ tenant, limit: 3 });
    expect(first.items.map((event) => (event.createdAt - start) / 1000)).toEqual([3, 2, 1]);
    const rest = await service.list({ tenant, limit: 3, before: first.next ?? '' });
    expect(rest.items.map((event) => event.createdAt)).toEqual([start]);
    expect(rest).not.toHaveProperty('next');
    expect((await service.list({ tenant, limit: 9, source: 's', type: 'a' })).items).toHaveLength(2);
    expect((await service.list({ tenant, limit: 9, since: start + 1_000, until: start + 3_000 })).items).toHaveLength(
      2,
    );
    expect((await service.list({ tenant: 'other', limit: 9 })).items).toEqual([]);
  });
});
