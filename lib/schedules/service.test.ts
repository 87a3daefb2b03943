import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { failure } from '../notifications/service.testing.ts';
import { claimOf } from '../testing/claim.ts';
import { CONTENT, makeSchedulePorts } from '../testing/schedule.ts';
import { pointers, setUp, tenant } from './service.testing.ts';
import { makeScheduleService } from './service.ts';

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

describe('remove', () => {
  it('keeps the key: the same again answers what is deleted, another body is refused', async () => {
    const { create, service } = setUp();
    const { schedule } = await create({}, 'key');
    await service.remove({ id: schedule.id, tenant });
    expect(await create({}, 'key')).toMatchObject({ replayed: true, schedule: { deletedAt: expect.any(Number) } });
    expect((await failure(create({ cron: '0 10 * * *' }, 'key'))).code).toBe('idempotency-key-reused');
  });

  it('keeps the schedule as long as what is canceled of it, whose ids a key would make again', async () => {
    const base = makeSchedulePorts();
    const policy = { ...base.policy, retentionMsOf: { CANCELED: 365 * 86_400_000 } };
    const { create, service, clock, only, memorySchedules } = setUp({ ...base, policy });
    const { schedule } = await create({ cron: '0 9 1 1 *' }, 'yearly');
    await service.remove({ id: schedule.id, tenant });
    clock.pass(364 * 86_400_000);
    expect([only()?.status, memorySchedules.read(schedule.id)?.deletedAt]).toEqual(['CANCELED', expect.any(Number)]);
  });

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
