import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { makeChanges } from '../../notifications/changes.ts';
import { finish } from '../../notifications/state/worker-steps.ts';
import { rawMessage } from '../../testing/dead-letters.ts';
import { makeErasureRunner } from '../../testing/erasure.ts';
import { forever } from '../../testing/jobs.ts';
import { claim, email, setUp, tenant } from './erase.testing.ts';

describe('the worker of an erasure', () => {
  it('leaves nothing of a person in notifications, events, messages, its own record, logs or metrics', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const scheduled = await world.create(
      { subject: 'MARK', body: 'mark@example.com', data: { a: 'MARK' } },
      86_400_000,
    );
    const other = await world.create({ email: 'other@example.com' });
    const event = await world.publish({ email: 'Mark@Example.com', body: 'MARK' });
    const bystander = await world.publish({ user_id: 'x' });
    ports.stored.raws.write(rawMessage('dlm_1', ports.clock.now(), { body: `garbage ${email}` }));
    ports.clock.pass(1_000);

    const job = await world.order({ input: { email }, tenant });
    expect(ports.erasing).toEqual([job.id]);
    await worker.run(job.id, forever);

    expect(world.everything()).not.toMatch(/mark@|"MARK"/i);
    const done = await world.job({ id: job.id, tenant });
    expect(done).toMatchObject({
      status: 'DONE',
      masked: 'm***@e***',
      erased: 4,
      canceled: 2,
      examined: 6,
      claimed: [],
    });
    expect(done.expiresAt).toBeGreaterThan(ports.clock.now() / 1000);
    expect(ports.stored.notifications.read(scheduled.id)).toMatchObject({ status: 'CANCELED', erasedBy: job.id });
    expect(ports.stored.notifications.read(other.id)).toEqual(other);
    expect(ports.stored.events.read(event.id)).toMatchObject({ status: 'PROCESSED', payload: {}, erasedBy: job.id });
    expect(ports.stored.events.read(bystander.id)).toEqual(bystander);
    expect(ports.stored.raws.read('dlm_1')).not.toHaveProperty('body');
  });

  it("leaves nothing of a person in the names that a producer made of the address: a source, an event's id, an entity's", async () => {
    const world = setUp();
    const { ports, worker } = world;
    await world.create({ entity_id: `user:${email}` });
    const input = {
      type: 'custom',
      source: `mailto:${email}`,
      id: `signup-of/${email}/1`,
      payload: { email, body: 'b' },
    };
    const { event } = await world.events.publish({ input, tenant });
    const { id } = await world.order({ input: { email }, tenant });
    await worker.run(id, forever);

    expect(world.everything()).not.toMatch(/mark@/i);
    expect(ports.stored.events.read(event.id)?.source).toMatch(/^erased-/);
    // Published again it is still known, by its id alone.
    expect(await world.events.publish({ input, tenant })).toMatchObject({ created: false, event: { id: event.id } });
  });

  it('a live claim finishes first: stopped at once, taken up again until it has ended, and sent no more', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const item = await world.create();
    const claimed = await claim(world, item.id);
    const job = await world.order({ input: { email }, tenant });
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'RUNNING', claimed: [item.id], erased: 0 });
    expect(ports.stored.notifications.read(item.id)).toMatchObject({
      status: 'SENDING',
      stoppedAt: expect.any(Number),
    });
    expect(ports.erasing).toEqual([job.id, job.id]);

    const { apply, writeContext } = makeChanges(ports);
    const now = ports.clock.now();
    const result = {
      startedAt: now,
      finishedAt: now,
      result: { outcome: 'retry' as const, error: 'http_503' as const },
    };
    await apply(claimed.written ? claimed.item : undefined, (current) =>
      finish(current, 'lease', { email: result }, writeContext()),
    );
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({
      status: 'DONE',
      claimed: [],
      erased: 1,
      canceled: 1,
    });
    expect(ports.stored.notifications.read(item.id)).toMatchObject({ status: 'FAILED', erasedBy: job.id });
    expect(world.everything()).not.toContain(email);
  });

  it('closes a claim that has lapsed itself', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const item = await world.create();
    await claim(world, item.id);
    const job = await world.order({ input: { email }, tenant });
    ports.clock.pass(60_000);
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'DONE', erased: 1 });
    expect(ports.stored.notifications.read(item.id)?.attempts).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('what lost to a claim at the last moment is not erased under its worker', async () => {
    const world = setUp();
    const { ports } = world;
    const item = await world.create();
    const job = await world.order({ input: { email }, tenant });
    let raced = false;
    const replace: typeof ports.notifications.replace = async (next, expected) => {
      if (!raced) {
        raced = true;
        await claim(world, item.id);
      }
      return ports.notifications.replace(next, expected);
    };
    await makeErasureRunner({ ...ports, notifications: { ...ports.notifications, replace } }).run(job.id, forever);
    const held = ports.stored.notifications.read(item.id);
    expect(held).toMatchObject({ status: 'SENDING', lease: { id: 'lease' } });
    expect(held?.channels.email?.to).toBe(email);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ claimed: [item.id] });
  });

  it('erases by entity, rewriting its key, and by a number in national digits', async () => {
    const world = setUp();
    const { ports, worker } = world;
    const mine = await world.create({ entity_id: 'user-9' });
    const next = await world.create({ entity_id: 'user-90' });
    await worker.run((await world.order({ input: { entity_id: 'user-9' }, tenant })).id, forever);
    expect(ports.stored.notifications.read(mine.id)?.entityId).toMatch(/^erased-./);
    expect((await ports.notifications.list({ tenant, limit: 9, entityId: 'user-9' })).items).toEqual([]);
    expect(ports.stored.notifications.read(next.id)).toEqual(next);

    const called = await world.create({ phone: '9999912345' });
    await worker.run((await world.order({ input: { phone: '099999 12345' }, tenant })).id, forever);
    expect(ports.stored.notifications.read(called.id)?.channels.sms?.to).toBe('erased');
  });

  it("touches no other tenant's records, and shows no other tenant's jobs", async () => {
    const world = setUp();
    const item = await world.create();
    const job = await world.order({ input: { email }, tenant: 'other' });
    await world.worker.run(job.id, forever);
    expect(world.ports.stored.notifications.read(item.id)).toEqual(item);
    await expect(world.job({ id: job.id, tenant })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('a repetition of what was erased is answered with the tombstone, and makes nothing new', async () => {
    const world = setUp();
    const { ports, notifications, events, worker } = world;
    const input = {
      notification_type: 'user.signup',
      entity_id: 'e',
      email,
      send_at: new Date(ports.clock.now()).toISOString(),
    };
    const first = await notifications.create({ input, tenant, idempotencyKey: 'k' });
    const published = { input: { type: 'custom', id: 'p1', payload: { email, body: 'b' } }, tenant };
    const event = await events.publish(published);
    await worker.run((await world.order({ input: { email }, tenant })).id, forever);

    const again = await notifications.create({ input, tenant, idempotencyKey: 'k' });
    expect(again).toMatchObject({ replayed: true, item: { id: first.item.id, status: 'CANCELED' } });
    expect(await events.publish(published)).toMatchObject({
      created: false,
      event: { id: event.event.id, payload: {} },
    });
    expect(await events.publishBatch({ inputs: [published.input], tenant })).toMatchObject([{ payload: {} }]);
  });

  it('walks page after page over many, hands over when its time is nearly used up, and ends with exact counts', async () => {
    const world = setUp();
    const { ports, worker } = world;
    for (let n = 0; n < 250; n += 1) await world.create({ email: n % 2 ? email : 'other@example.com' });
    const job = await world.order({ input: { email }, tenant });
    await worker.run(job.id, { remainingMs: () => 10_000 });
    expect(ports.erasing).toHaveLength(2);
    let pages = 0;
    const remainingMs = () => {
      pages += 1;
      return pages > 2 ? 10_000 : 60_000;
    };
    await worker.run(job.id, { remainingMs });
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'RUNNING', phase: 'notifications' });
    await worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'DONE', examined: 250, erased: 125 });
  });

  it('stops where it is during an outage or at a record it cannot read, and is resumed', async () => {
    const world = setUp();
    const { ports } = world;
    await world.create();
    const job = await world.order({ input: { email }, tenant });
    const broken = makeErasureRunner({
      ...ports,
      notifications: {
        ...ports.notifications,
        list: async () => {
          throw new ServiceError('unavailable', 'away');
        },
      },
    });
    await expect(broken.run(job.id, forever)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await world.worker.check(job.id)).toBe(false);
    ports.clock.pass(120_000);
    expect(await world.worker.check(job.id)).toBe(true);
    expect(ports.erasing).toHaveLength(2);
    await world.worker.run(job.id, forever);
    expect(await world.job({ id: job.id, tenant })).toMatchObject({ status: 'DONE', erased: 1 });
    expect(await world.worker.check(job.id)).toBe(false);
  });

  it('what is accepted after the order stays', async () => {
    const world = setUp();
    const before = await world.create({}, 86_400_000);
    const job = await world.order({ input: { email }, tenant });
    world.ports.clock.pass(10_000);
    const after = await world.create({}, 86_400_000);
    await world.worker.run(job.id, forever);
    expect(world.ports.stored.notifications.read(before.id)?.channels.email?.to).not.toBe(email);
    expect(world.ports.stored.notifications.read(after.id)).toEqual(after);
  });
});
