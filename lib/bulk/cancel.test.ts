import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { setUpBulk } from '../testing/bulk.ts';
import { claimOf } from '../testing/claim.ts';
import { forever } from '../testing/jobs.ts';

const claim = async (ports: ReturnType<typeof setUpBulk>['ports'], id: string): Promise<void> => {
  const item = ports.memory.read(id);
  ports.clock.pass(3_600_000);
  await ports.notifications.claim(claimOf({ id, timerSeq: item?.timerSeq ?? 0 }, ports.clock));
};

describe('a bulk cancel', () => {
  it('cancels what is open of an entity within the request, and is DONE 15 s later', async () => {
    const { cancel, create, finish, job, read } = setUpBulk();
    const [one, two] = [await create(), await create({ group: 'order-1' })];
    const other = await create({ entity_id: 'user-2' });
    const { job: ordered } = await cancel();
    expect(ordered).toMatchObject({ status: 'RUNNING', phase: 'settle', matched: 2, changed: 2 });
    for (const { id } of [one, two])
      expect(read(id)).toMatchObject({ status: 'CANCELED', statusReason: 'bulk', bulkJob: ordered.id });
    expect(read(other.id)?.status).toBe('PENDING');
    expect(await finish(ordered.id)).toMatchObject({ status: 'DONE', matched: 2, changed: 2 });
    expect(job(ordered.id)).not.toHaveProperty('selector');
  });

  it('waits the 15 s out by the wall clock, whatever the virtual clock says', async () => {
    const { cancel, job, ports, runner } = setUpBulk();
    const { job: ordered } = await cancel();
    ports.clock.advance(86_400_000);
    await runner.run(ordered.id, forever);
    expect(job(ordered.id)?.phase).toBe('settle');
    ports.clock.pass(15_000);
    await runner.runToEnd(ordered.id);
    expect(job(ordered.id)?.status).toBe('DONE');
  });

  it('takes only what the filters name, and of entity and group what is of both', async () => {
    const { cancel, create, read } = setUpBulk();
    const both = await create({ group: 'order-1' });
    const [otherGroup, otherType] = [
      await create({ group: 'order-2' }),
      await create({ group: 'order-1', notification_type: 'payment.failed' }),
    ];
    await cancel({ entity_id: 'user-1', group: 'order-1', notification_type: 'user.signup' });
    expect([both, otherGroup, otherType].map(({ id }) => read(id)?.status)).toEqual(['CANCELED', 'PENDING', 'PENDING']);
  });

  it('leaves out what is due before due_after, or at due_before', async () => {
    const { cancel, create, ports, read } = setUpBulk();
    const at = (minutes: number) => new Date(ports.clock.now() + minutes * 60_000).toISOString();
    const made = [];
    for (const minutes of [10, 20, 30]) made.push(await create({ send_at: at(minutes) }));
    await cancel({ entity_id: 'user-1', due_after: Date.parse(at(20)), due_before: Date.parse(at(30)) });
    expect(made.map(({ id }) => read(id)?.status)).toEqual(['PENDING', 'CANCELED', 'PENDING']);
  });

  it('leaves what no longer matches when its turn comes, wherever the list was old', async () => {
    const { cancel, create, finish, notifications, ports, read, results, tenant } = setUpBulk();
    const [grouped, timed] = [await create({ group: 'order-1' }), await create({ group: 'order-2' })];
    const old = structuredClone([read(grouped.id), read(timed.id)]).flatMap((item) => item ?? []);
    const later = ports.clock.now() + 86_400_000;
    await notifications.edit({ id: grouped.id, tenant, patch: { group: 'order-3' } });
    await notifications.edit({ id: timed.id, tenant, patch: { send_at: new Date(later + 1).toISOString() } });
    ports.clock.pass(1);
    const { list } = ports.notifications;
    ports.notifications.list = async ({ group, matches = () => true }) => ({
      items: old.filter((item) => item.group === group && matches(item)),
    });
    const { job: ofGroup } = await cancel({ group: 'order-1' });
    const { job: ofTime } = await cancel({ group: 'order-2', due_before: later });
    ports.notifications.list = list;
    for (const { id } of [ofGroup, ofTime]) {
      expect(await finish(id)).toMatchObject({ status: 'DONE', matched: 1, not_applicable: 1 });
      expect(await results(id)).toMatchObject([{ outcome: 'not_applicable', status: 'PENDING' }]);
    }
  });

  it('walks again at the earliest 2 s after its last write, and 20 s after another host has begun the wait', async () => {
    const { cancel, create, job, ports, runner } = setUpBulk();
    const { list } = ports.notifications;
    ports.notifications.list = async (query) => {
      ports.clock.pass(6_000);
      return list(query);
    };
    const walked = async (waitMs: number) => {
      await create();
      const { job: ordered } = await cancel();
      expect(ordered).toMatchObject({ phase: 'first', matched: 0 });
      ports.clock.pass(waitMs);
      await runner.run(ordered.id, forever);
      return (job(ordered.id)?.settlesAt ?? 0) - (ordered.settlesAt ?? 0);
    };
    expect(await walked(0)).toBe(5_000);
    // It was raised 6 s before, when the list began.
    expect(await walked(60_000)).toBe(60_000 + 6_000 - 15_000 + 2_000);
  });

  it('counts what a worker had done that died before its job was canceled', async () => {
    const { cancel, create, job, ports, read, results, runner, tenant } = setUpBulk();
    const made = [await create(), await create(), await create()];
    const { create: write } = ports.results;
    ports.results.create = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    const { job: ordered } = await cancel();
    ports.results.create = write;
    const canceled = await ports.jobs.cancel({ id: ordered.id, tenant, allows: () => true });
    expect(canceled).toMatchObject({ status: 'CANCELED', matched: 0 });
    expect(ports.replayed.filter((id) => id === ordered.id)).toHaveLength(2);
    for (let twice = 0; twice < 2; twice += 1) await runner.run(ordered.id, forever);
    expect(job(ordered.id)).toMatchObject({ status: 'CANCELED', matched: 3, changed: 3, page: [] });
    expect(await results(ordered.id)).toHaveLength(3);
    expect(made.map(({ id }) => read(id)?.bulkJob)).toEqual(Array(3).fill(ordered.id));
  });

  it('counts what had been claimed as too late, once, in both walks, and what ended before not at all', async () => {
    const { cancel, create, finish, notifications, ports, results, tenant } = setUpBulk();
    const gone = await create();
    await notifications.cancel({ id: gone.id, tenant });
    ports.clock.pass(1);
    const claimed = await create();
    await claim(ports, claimed.id);
    const open = await create();
    const { job } = await cancel();
    expect(job).toMatchObject({ matched: 2, changed: 1, too_late: 1 });
    expect(await finish(job.id)).toMatchObject({ status: 'DONE', matched: 2, changed: 1, too_late: 1 });
    expect(await results(job.id)).toEqual([
      { id: open.id, outcome: 'changed', status: 'CANCELED' },
      { id: claimed.id, outcome: 'too_late', status: 'SENDING' },
    ]);
  });

  it('takes in the second walk what the index did not show in the first', async () => {
    const { cancel, create, finish, ports, read } = setUpBulk();
    const late = await create();
    const { list } = ports.notifications;
    ports.notifications.list = async () => ({ items: [] });
    const { job } = await cancel();
    ports.notifications.list = list;
    expect(job.matched).toBe(0);
    expect(await finish(job.id)).toMatchObject({ status: 'DONE', matched: 1, changed: 1 });
    expect(read(late.id)?.status).toBe('CANCELED');
  });

  it('leaves what is created, or edited into it, after as_of', async () => {
    const { cancel, create, finish, notifications, ports, read, tenant } = setUpBulk();
    const moved = await create({ group: 'order-2' });
    const { job } = await cancel({ group: 'order-1' });
    ports.clock.pass(1);
    await notifications.edit({ id: moved.id, tenant, patch: { group: 'order-1' } });
    const created = await create({ group: 'order-1' });
    expect(await finish(job.id)).toMatchObject({ status: 'DONE', matched: 0 });
    expect([moved, created].map(({ id }) => read(id)?.status)).toEqual(['PENDING', 'PENDING']);
  });

  it('takes what was edited into it before as_of', async () => {
    const { cancel, create, finish, notifications, read, tenant } = setUpBulk();
    const moved = await create({ group: 'order-2' });
    await notifications.edit({ id: moved.id, tenant, patch: { group: 'order-1' } });
    const { job } = await cancel({ group: 'order-1' });
    await finish(job.id);
    expect(read(moved.id)?.status).toBe('CANCELED');
  });

  it('answers a repetition with the same Idempotency-Key with the first job, and refuses another body', async () => {
    const { cancel, create, ports } = setUpBulk();
    await create();
    const { job } = await cancel({ entity_id: 'user-1' }, 'key');
    await create();
    expect(await cancel({ entity_id: 'user-1' }, 'key')).toMatchObject({
      job: { id: job.id, matched: 1 },
      replayed: true,
    });
    await expect(cancel({ entity_id: 'user-2' }, 'key')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    expect(ports.stored.jobs.all()).toHaveLength(1);
  });

  it('FAILED at one member too many: what it has changed stands, and its fence', async () => {
    const { cancel, create, fencesOf, finish, ports } = setUpBulk({ membersMax: 2 });
    for (let n = 0; n < 3; n += 1) await create();
    const { job } = await cancel();
    expect(job).toMatchObject({ status: 'FAILED', reason: 'limit-reached', matched: 2, changed: 2 });
    expect(fencesOf('entity', 'user-1')).toHaveLength(1);
    expect(ports.memory.all().filter(({ status }) => status === 'CANCELED')).toHaveLength(2);
    expect((await finish(job.id))?.status).toBe('FAILED');
  });

  it('with dry_run counts, and writes nothing', async () => {
    const { bulk, create, ports, tenant } = setUpBulk();
    await create();
    const input = { entity_id: 'user-1', dry_run: true };
    expect(await bulk.count({ kind: 'cancel', input, tenant })).toMatchObject({ matched: 1, isComplete: true });
    expect([ports.stored.jobs.all(), ports.memoryFences.all()]).toEqual([[], []]);
  });
});

it('a bulk cancel that only waits holds no place: many at once each begin within their request', async () => {
  const { cancel, create, finish, ports } = setUpBulk();
  const jobs = [];
  for (let n = 0; n < 12; n += 1) {
    await create({ entity_id: `user-${n}` });
    jobs.push((await cancel({ entity_id: `user-${n}` })).job);
  }
  expect(jobs.every(({ status, changed }) => status === 'RUNNING' && changed === 1)).toBe(true);
  for (const { id } of jobs) expect((await finish(id))?.status).toBe('DONE');
  expect(ports.stored.places.all()).toMatchObject([{ running: [], queued: [] }]);
});

describe('the fence of a bulk cancel', () => {
  it('makes what an older event causes CANCELED, with the job on it and without a timer', async () => {
    const { cancel, events, finish, ports, publish } = setUpBulk();
    const id = await publish();
    const { job } = await cancel();
    await finish(job.id);
    await events.process(id);
    expect(ports.memory.all()).toMatchObject([{ status: 'CANCELED', statusReason: 'bulk', bulkJob: job.id }]);
    expect(ports.armed).toEqual([]);
    expect(ports.stored.events.read(id)?.status).toBe('PROCESSED');
    expect(ports.recording.count('notificationCanceled')).toBe(1);
  });

  it('lets pass what a later event causes, and what its filters leave out', async () => {
    const { cancel, events, ports, publish } = setUpBulk();
    const other = await publish({}, 'payment.failed');
    await cancel({ entity_id: 'user-1', notification_type: 'user.signup' });
    ports.clock.pass(1);
    const later = await publish();
    for (const id of [other, later]) await events.process(id);
    expect(ports.memory.all().map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
  });

  it('covers a group, and of entity and group what is of both', async () => {
    const { cancel, events, ports, publish } = setUpBulk();
    const about = (entity_id: string, group: string) =>
      publish({ entity_id, group, subject: 'Your order', body: 'It is on its way.' }, 'custom');
    const ids = [await about('user-1', 'order-1'), await about('user-1', 'order-2'), await about('user-2', 'order-2')];
    await cancel({ group: 'order-1' });
    await cancel({ entity_id: 'user-2', group: 'order-2' });
    for (const id of ids) await events.process(id);
    const statusOf = (id: string) => ports.memory.all().find(({ eventId }) => eventId === id)?.status;
    expect(ids.map(statusOf)).toEqual(['CANCELED', 'PENDING', 'CANCELED']);
  });

  it('is seen late by a worker that knew of none: then the second walk takes what slipped through', async () => {
    const { cancel, events, finish, ports, publish, read } = setUpBulk();
    const known = await publish({ user_id: 'user-9' });
    await events.process(known);
    const id = await publish();
    const { job } = await cancel();
    ports.clock.pass(1_900);
    await events.process(id);
    const slipped = ports.memory.all().find(({ eventId }) => eventId === id);
    expect(slipped?.status).toBe('PENDING');
    expect(await finish(job.id)).toMatchObject({ matched: 1, changed: 1 });
    expect(read(slipped?.id ?? '')?.status).toBe('CANCELED');
  });

  it('is not passed by a worker that stands still between its check and its write', async () => {
    const { events, ports, publish } = setUpBulk();
    const id = await publish();
    const { get } = ports.fences;
    ports.fences.get = async (of) => {
      const found = await get(of);
      ports.clock.pass(1_001);
      return found;
    };
    await expect(events.process(id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(ports.memory.all()).toEqual([]);
  });

  it('is written while its job waits for its turn', async () => {
    const { cancel, events, fencesOf, ports, publish } = setUpBulk();
    const placeOf = (n: number) => ({ id: `job_${n}`, at: ports.clock.real() });
    const running = [0, 1, 2, 3].map(placeOf);
    ports.stored.places.write({
      ...{ id: 'jobs_default', tenant: 'default' },
      running,
      queued: [],
      createdAt: 0,
      writeId: 'a',
    });
    const id = await publish();
    expect((await cancel()).job.status).toBe('QUEUED');
    expect(fencesOf('entity', 'user-1')).toHaveLength(1);
    await events.process(id);
    expect(ports.memory.all()[0]?.status).toBe('CANCELED');
  });

  it('holds hashes alone: no entity and no group can be read in its item', async () => {
    const { cancel, ports } = setUpBulk();
    await cancel({ entity_id: 'ann@example.com', group: 'ann-orders' });
    expect(JSON.stringify(ports.memoryFences.all())).not.toMatch(/ann/);
  });
});
