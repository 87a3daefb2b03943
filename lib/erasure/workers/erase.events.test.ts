import { describe, expect, it } from 'vitest';
import type { Event } from '../../events/event.ts';
import { makeEventProcessService } from '../../events/workers/process.ts';
import { makeChanges } from '../../notifications/changes.ts';
import { finish } from '../../notifications/state/worker-steps.ts';
import { makeErasureRunner } from '../../testing/erasure.ts';
import { forever } from '../../testing/jobs.ts';
import { claim, email, setUp, tenant } from './erase.testing.ts';

describe('an event in the way of an erasure', () => {
  it('an event that a worker has read already causes nothing any more', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const event = await world.publish({ email, user_id: 7 });
    const job = await world.order({ input: { email }, tenant });
    let erased = false;
    const create: typeof ports.notifications.create = async (item) => {
      if (!erased) {
        erased = true;
        await worker.run(job.id, forever);
      }
      return ports.notifications.create(item);
    };
    await makeEventProcessService({ ...ports, notifications: { create } }).process(event.id);
    const [made] = ports.stored.notifications.all();
    expect(ports.stored.notifications.all()).toHaveLength(1);
    expect(made).toMatchObject({ status: 'CANCELED', erasedBy: job.id });
    expect(ports.stored.events.read(event.id)).toMatchObject({ status: 'PROCESSED', notifications: [made?.id] });
    expect(ports.armed).toEqual([]);
    expect(world.everything()).not.toContain(email);
  });

  it('an event processed before takes its notifications along, also those that no list shows yet', async () => {
    const world = setUp();
    const { ports } = world;
    const event = await world.publish({ email });
    await makeEventProcessService(ports).process(event.id);
    const lagging = { ...ports.notifications, list: async () => ({ items: [] }) };
    const job = await world.order({ input: { email }, tenant });
    await makeErasureRunner({ ...ports, notifications: lagging }).run(job.id, forever);
    expect(ports.stored.notifications.all()).toMatchObject([{ status: 'CANCELED', erasedBy: job.id }]);
  });

  it('an event rejected and brought back while its turn comes is erased all the same', async () => {
    const world = setUp();
    const { ports } = world;
    const event = await world.publish({ email: 'nonsense', phone: email });
    await makeEventProcessService(ports).process(event.id);
    expect(ports.stored.events.read(event.id)?.status).toBe('REJECTED');
    const job = await world.order({ input: { email }, tenant });
    let redriven = false;
    const replace: typeof ports.events.replace = async (next, expected) => {
      const stored = ports.stored.events.read(event.id) as Event;
      if (!redriven) {
        redriven = true;
        const { endedAt: _, expiresAt: __, reason: ___, ...open } = stored;
        ports.stored.events.write({ ...open, status: 'ACCEPTED', nextCheckAt: 1, writeId: 'redriven' });
      }
      return ports.events.replace(next, expected);
    };
    await makeErasureRunner({ ...ports, events: { ...ports.events, replace } }).run(job.id, forever);
    expect(ports.stored.events.read(event.id)).toMatchObject({ status: 'PROCESSED', payload: {}, erasedBy: job.id });
  });

  it('an event whose notification is being sent is taken up again with it, even if that is younger than the order', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const event = await world.publish({ email, body: 'MARK' });
    const job = await world.order({ input: { email }, tenant });
    ports.clock.pass(6_000);
    await makeEventProcessService(ports).process(event.id);
    const [id = ''] = ports.stored.events.read(event.id)?.notifications ?? [];
    const claimed = await claim(world, id);
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({
      status: 'RUNNING',
      claimed: [event.id],
      erased: 0,
    });

    const { apply, writeContext } = makeChanges(ports);
    const sent = { startedAt: 0, finishedAt: 0, result: { outcome: 'sent' as const } };
    await apply(claimed.written ? claimed.item : undefined, (current) =>
      finish(current, 'lease', { email: sent }, writeContext()),
    );
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'DONE', claimed: [] });
    expect(ports.stored.notifications.read(id)).toMatchObject({ status: 'SENT', erasedBy: job.id });
    expect(world.everything()).not.toMatch(/mark/i);
  });
});
