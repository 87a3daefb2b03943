import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { failure } from '../notifications/service.testing.ts';
import { claimOf } from '../testing/claim.ts';
import { CONTENT, makeSchedulePorts } from '../testing/schedule.ts';
import type { NewSchedule, SchedulePatch } from './schedule.ts';
import { makeScheduleService } from './service.ts';

const tenant = 'acme';
const setUp = (changes: Partial<ReturnType<typeof makeSchedulePorts>> = {}) => {
  const ports = { ...makeSchedulePorts(), ...changes };
  const service = makeScheduleService(ports);
  const create = async (input: Partial<NewSchedule> = {}, idempotencyKey?: string) =>
    service.create({
      input: { cron: '0 9 * * *', notification: CONTENT, ...input } as NewSchedule,
      tenant,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  return {
    ...ports,
    service,
    create,
    patch: async (id: string, patch: object, ifMatch?: string) =>
      service.patch({ id, tenant, patch: patch as SchedulePatch, ...(ifMatch !== undefined && { ifMatch }) }),
    only: () => ports.memory.all()[0],
  };
};
const pointers = async (work: Promise<unknown>): Promise<string[]> =>
  ((await failure(work)).errors ?? []).map(({ pointer }) => pointer);

describe('create', () => {
  it('stores the schedule, makes its first occurrence, and hands that on', async () => {
    const { create, only, armed, schedules } = setUp();
    const { schedule, replayed } = await create({ timezone: 'Europe/Berlin' });
    expect(replayed).toBe(false);
    expect(await schedules.get(schedule.id)).toEqual(schedule);
    expect(only()).toMatchObject({
      ...{ tenant, type: 'custom', entityId: 'team-1', body: 'Report', scheduleId: schedule.id, status: 'PENDING' },
      ...{ sendAt: Date.parse('2026-03-02T08:00Z'), channels: { email: { to: 'ada@example.com', state: 'pending' } } },
      timing: { send_at: '2026-03-02T08:00:00.000Z', timezone: 'Europe/Berlin' },
    });
    expect(armed).toMatchObject([{ id: only()?.id, due: Date.parse('2026-03-02T08:00Z') }]);
  });

  it('keeps addresses in normal form', async () => {
    const { create, only } = setUp();
    const { schedule } = await create({ notification: { ...CONTENT, email: undefined, phone: '99999 12345' } });
    expect(schedule.content).toEqual({ ...CONTENT, email: undefined, phone: '+919999912345' });
    expect(only()?.channels.sms?.to).toBe('+919999912345');
  });

  it.each([
    [{ cron: '0 0 30 2 *' }, '/cron'],
    [{ start: '2037-01-01' }, '/start'],
    [{ end: '2026-02-01' }, '/end'],
    [{ end: '2026-03-01T20:00Z' }, '/end'],
    [{ start: '2026-05-01', end: '2026-04-01' }, '/end'],
    [{ notification: { ...CONTENT, email: undefined } }, '/notification/email'],
    [{ notification: { ...CONTENT, body: undefined } }, '/notification/body'],
    [{ notification: { ...CONTENT, body: 'Dear {{name}}' } }, '/notification/body'],
    [{ notification: { ...CONTENT, body: 'Until {{target_date}}' } }, '/notification/body'],
    [{ notification: { ...CONTENT, phone: '12' } }, '/notification/phone'],
    [
      { notification: { ...CONTENT, window: { from: '12:00', until: '13:00' }, expires_after: 'PT1H' } },
      '/notification/expires_after',
    ],
    [{ notification: { ...CONTENT, endpoint_id: `end_${'0'.repeat(26)}` } }, '/notification/endpoint_id'],
  ])('refuses %j by name, and writes nothing', async (input, pointer) => {
    const { create, memory, memorySchedules } = setUp();
    expect(await pointers(create(input as never))).toEqual([pointer]);
    expect([memory.raw(), memorySchedules.raw()]).toEqual([[], []]);
  });

  it('reports every broken rule at once', async () => {
    const { create } = setUp();
    const input = { cron: '0 0 30 2 *', notification: { ...CONTENT, body: undefined, phone: '12' } };
    expect((await pointers(create(input as never))).toSorted()).toEqual([
      ...['/cron', '/notification/body', '/notification/phone'],
    ]);
  });

  it('answers the first schedule to the same key and body, whatever the time of day', async () => {
    const { create, clock, memory } = setUp();
    const input = { end: '2026-03-05' };
    const { schedule } = await create(input, 'k');
    clock.pass(20 * 86_400_000);
    expect(await create(input, 'k')).toMatchObject({ schedule: { id: schedule.id }, replayed: true });
    expect(memory.raw()).toHaveLength(1);
    expect((await failure(create({ end: '2027-03-06' }, 'k'))).code).toBe('idempotency-key-reused');
  });

  it('is one schedule with one occurrence when two create at once', async () => {
    const { create, memory, memorySchedules } = setUp();
    await Promise.all([create({}, 'k'), create({}, 'k'), create({}, 'k')]);
    expect([memory.raw().length, memorySchedules.raw().length]).toEqual([1, 1]);
  });

  it('refuses content that its numbers make larger than a request: an occurrence of it could not be stored', async () => {
    const { create, memorySchedules } = setUp();
    const data = { numbers: Array.from({ length: 9_000 }, () => 1e20), text: 'x'.repeat(100_000) };
    expect((await failure(create({ notification: { ...CONTENT, data } }))).code).toBe('payload-too-large');
    expect(memorySchedules.raw()).toEqual([]);
  });

  it('stops at the cap of the tenant; a repetition is still answered', async () => {
    const { create } = setUp({ schedulesMax: 1 });
    await create({}, 'k');
    expect((await failure(create())).code).toBe('limit-reached');
    expect((await create({}, 'k')).replayed).toBe(true);
  });

  it('stands once it is stored: an outage then is the reconciler’s', async () => {
    const { notifications } = makeSchedulePorts();
    const away = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    const { create, logged, schedules } = setUp({ notifications: { ...notifications, create: away } });
    const { schedule } = await create();
    expect(await schedules.get(schedule.id)).toMatchObject({ mark: 'make', nextCheckAt: expect.any(Number) });
    expect(logged).toMatchObject([{ level: 'warn', message: 'schedule.not_settled', fields: { id: schedule.id } }]);
  });
});

describe('a schedule of another tenant, or of none', () => {
  it('is not found', async () => {
    const { create, service } = setUp();
    const { schedule } = await create();
    for (const address of [
      { id: schedule.id, tenant: 'other' },
      { id: 'sch_none', tenant },
    ]) {
      for (const work of [
        service.get(address),
        service.remove(address),
        service.patch({ ...address, patch: { paused: true } }),
      ])
        expect((await failure(work)).code).toBe('not-found');
    }
    expect((await service.list({ tenant: 'other', limit: 10 })).items).toEqual([]);
  });
});

describe('patch', () => {
  it('changes the content of the planned occurrence too, and moves no timer', async () => {
    const { create, patch, only, armed } = setUp();
    const { schedule } = await create({ notification: { ...CONTENT, data: { a: { b: 1, c: 2 } }, subject: 'S' } });
    const before = only();
    const changed = await patch(schedule.id, {
      notification: { subject: null, body: 'New', data: { a: { b: null, d: 3 } }, phone: '9999912345' },
    });
    expect(changed.content).toEqual({ ...CONTENT, body: 'New', data: { a: { c: 2, d: 3 } }, phone: '+919999912345' });
    expect(changed).toMatchObject({ pending: { id: before?.id, outcome: 'changed' }, version: 2 });
    expect(only()).toMatchObject({
      ...{ body: 'New', data: { a: { c: 2, d: 3 } }, timerSeq: before?.timerSeq, sendAt: before?.sendAt, version: 2 },
      channels: { email: { to: 'ada@example.com' }, sms: { to: '+919999912345', nextAttemptAt: before?.sendAt } },
    });
    expect(only()).not.toHaveProperty('subject');
    expect(armed).toHaveLength(1);
  });

  it('sets another timer for another priority, for the same time', async () => {
    const { create, patch, only, armed } = setUp();
    const { schedule } = await create();
    await patch(schedule.id, { notification: { priority: 'bulk' } });
    expect(only()).toMatchObject({ priority: 'bulk', timerSeq: 2, sendAt: schedule.occurrence?.at });
    expect(armed.at(-1)).toMatchObject({ id: only()?.id, seq: 2, priority: 'bulk', due: schedule.occurrence?.at });
  });

  it('gives the planned occurrence the whole content, whatever a client has changed in it', async () => {
    const { create, patch, only, memory } = setUp();
    const { schedule } = await create();
    const item = only();
    if (item) memory.write({ ...item, subject: 'Its own', writeId: 'edited' });
    await patch(schedule.id, { notification: { body: 'New' } });
    expect(only()).toMatchObject({ body: 'New' });
    expect(only()).not.toHaveProperty('subject');
  });

  it('takes an address in place of its channel’s other one', async () => {
    const { create, patch } = setUp();
    const webhook_url = 'https://example.com/hook';
    const { schedule } = await create({ notification: { ...CONTENT, webhook_url } });
    const refused = patch(schedule.id, { notification: { endpoint_id: `end_${'0'.repeat(26)}` } });
    expect(await pointers(refused)).toEqual(['/notification/endpoint_id']);
    const changed = await patch(schedule.id, { notification: { email: null } });
    expect(changed.content).toMatchObject({ webhook_url });
  });

  it('judges the merged content and the new timing as a creation does, and writes nothing', async () => {
    const { create, patch, schedules } = setUp();
    const { schedule } = await create();
    expect(await pointers(patch(schedule.id, { notification: { email: null } }))).toEqual(['/notification/email']);
    expect(await pointers(patch(schedule.id, { cron: '0 0 30 2 *', notification: { body: null } }))).toEqual([
      ...['/cron', '/notification/body'],
    ]);
    expect(await schedules.get(schedule.id)).toEqual(schedule);
  });

  it('answers 412 to a stale version; planning moves none', async () => {
    const { create, patch } = setUp();
    const { schedule } = await create();
    expect((await patch(schedule.id, { count: 5 }, '"1"')).version).toBe(2);
    expect((await failure(patch(schedule.id, { count: 6 }, '"1"'))).code).toBe('precondition-failed');
  });

  it('cancels the planned occurrence and makes one of the new timing', async () => {
    const { create, patch, memory } = setUp();
    const { schedule } = await create();
    const changed = await patch(schedule.id, { cron: '30 9 * * *', timezone: 'Asia/Tokyo' });
    expect(changed).toMatchObject({ pending: { outcome: 'canceled' }, made: 2, revision: 2 });
    expect(memory.all().map(({ status, sendAt }) => [status, new Date(sendAt).toISOString().slice(0, 16)])).toEqual([
      ['CANCELED', '2026-03-02T09:00'],
      ['PENDING', '2026-03-02T00:30'],
    ]);
  });

  it('pauses and resumes: what was canceled occurs again, as another notification', async () => {
    const { create, patch, memory } = setUp();
    const { schedule } = await create();
    expect(await patch(schedule.id, { paused: true })).toMatchObject({ pending: { outcome: 'canceled' } });
    expect((await patch(schedule.id, { paused: true })).version).toBe(2);
    await patch(schedule.id, { paused: false });
    const [first, second] = memory.all();
    expect([first?.status, second?.status, second?.sendAt]).toEqual(['CANCELED', 'PENDING', first?.sendAt]);
    expect(second?.id).not.toBe(first?.id);
  });
});

describe('remove', () => {
  it('cancels the planned occurrence, and repeats its answer', async () => {
    const { create, service, only } = setUp();
    const { schedule } = await create();
    const removed = await service.remove({ id: schedule.id, tenant });
    expect(removed).toMatchObject({ pending: { id: only()?.id, outcome: 'canceled' }, deletedAt: expect.any(Number) });
    expect(only()?.status).toBe('CANCELED');
    expect(await service.remove({ id: schedule.id, tenant })).toEqual(removed);
    expect((await failure(service.get({ id: schedule.id, tenant }))).code).toBe('not-found');
    expect((await service.list({ tenant, limit: 10 })).items).toEqual([]);
  });

  it('says that it was too late for what is being sent', async () => {
    const { create, service, clock, notifications, only } = setUp();
    const { schedule } = await create();
    clock.pass(86_400_000);
    await notifications.claim(claimOf({ id: only()?.id ?? '', timerSeq: 1 }, clock));
    expect(await service.remove({ id: schedule.id, tenant })).toMatchObject({ pending: { outcome: 'too_late' } });
    expect(only()?.status).toBe('SENDING');
  });

  it('answers 503 while what it marks cannot be carried out, and the answer when it is repeated', async () => {
    const { create, service, notifications, ...ports } = setUp();
    const { schedule } = await create();
    const away = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    const broken = makeScheduleService({ ...ports, notifications: { ...notifications, get: away } });
    const address = { id: schedule.id, tenant };
    expect((await failure(broken.remove(address))).code).toBe('unavailable');
    expect(await service.remove(address)).toMatchObject({ pending: { outcome: 'canceled' } });
  });
});
