import { describe, expect, it } from 'vitest';
import { makeBatchRunner } from '../batch/run.ts';
import { ServiceError } from '../errors.ts';
import { makeMemoryEventStore } from '../testing/memory-event-store.ts';
import { makeTestPorts } from '../testing/ports.ts';
import type { NewEvent } from './new-event.ts';
import type { EventStore } from './repository.ts';
import { makeEventService } from './service.ts';

const tenant = 'acme';
const input: NewEvent = { type: 'order.paid', source: 'shop', payload: { order: 1 } };
type Given = Partial<NewEvent> & { idempotency_key?: string };

const setUp = (change: (store: EventStore) => Partial<EventStore> = () => ({})) => {
  const ports = makeTestPorts();
  const memory = makeMemoryEventStore(ports.clock);
  const enqueued: string[][] = [];
  const queues = { processEvents: async (events: { id: string }[]) => void enqueued.push(events.map(({ id }) => id)) };
  const service = makeEventService({ ...ports, queues, events: { ...memory.store, ...change(memory.store) } });
  const runBatch = makeBatchRunner(ports);
  const results = async (items: Given[], { rejectsAll = false } = {}) => {
    const reads = items.map(({ idempotency_key: key, ...given }) => () => ({
      input: { ...input, ...given },
      ...(key !== undefined && { idempotencyKey: key }),
    }));
    const outcomes = await runBatch({ items: reads, rejectsAll }, tenant, service.publishing(tenant));
    return outcomes.map((one) =>
      'error' in one
        ? [one.error.code, ...(one.error.errors ?? []).map(({ pointer }) => pointer)]
        : [one.result.event.id, one.result.created, one.result.replayed],
    );
  };
  return { ...ports, memory, enqueued, service, results };
};

describe('a batch of events', () => {
  it('stores each and enqueues all of them in one go', async () => {
    const { results, memory, enqueued } = setUp();
    const answers = await results([{}, { payload: { order: 2 } }, { payload: {} }]);
    const ids = memory.all().map(({ id }) => id);
    expect(answers).toEqual(ids.map((id) => [id, true, false]));
    expect(enqueued).toEqual([ids]);
  });

  it('answers as single requests would, by the id of an event or else by its key', async () => {
    const { results, service, enqueued } = setUp();
    const first = await service.publish({ input: { ...input, id: '1' }, tenant });
    const keyed = await service.publish({ input, tenant, idempotencyKey: 'k' });
    enqueued.length = 0;
    expect(
      await results([
        { id: '1' },
        { id: '1', payload: {} },
        { idempotency_key: 'k' },
        { idempotency_key: 'k', payload: {} },
        { id: '2', idempotency_key: 'k' },
      ]),
    ).toEqual([
      [first.event.id, false, false],
      ['idempotency-key-reused', '/items/1/id'],
      [keyed.event.id, false, true],
      ['idempotency-key-reused', '/items/3/idempotency_key'],
      [expect.any(String), true, false],
    ]);
    expect(enqueued.flat()).toHaveLength(1);
  });

  it('that is to be whole stores none when one payload is too large', async () => {
    const { results, memory } = setUp();
    const large = { payload: { text: 'x'.repeat(300_000) } };
    await expect(results([{}, large], { rejectsAll: true })).rejects.toMatchObject({
      errors: [{ pointer: '/items/1' }],
    });
    expect(memory.all()).toEqual([]);
    expect(await results([{}, large])).toEqual([
      [expect.any(String), true, false],
      ['payload-too-large', '/items/1'],
    ]);
  });

  it('is 503 for what an outage meets, and its repetition publishes nothing twice', async () => {
    let isDown = true;
    const { results, memory, enqueued } = setUp((store) => ({
      create: async (event) => {
        if (isDown && event.sourceId === '2') throw new ServiceError('unavailable', 'down');
        return store.create(event);
      },
    }));
    const items = [{ id: '1' }, { id: '2' }, { id: '3' }];
    expect((await results(items)).map(([first]) => first)).toEqual([
      expect.stringMatching(/^evt_/),
      'unavailable',
      expect.stringMatching(/^evt_/),
    ]);
    isDown = false;
    expect((await results(items)).map(([, created]) => created)).toEqual([false, true, false]);
    expect([memory.all().length, enqueued.map((ids) => ids.length)]).toEqual([3, [2, 1]]);
  });
});
