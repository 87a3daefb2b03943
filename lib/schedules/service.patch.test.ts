import { describe, expect, it, vi } from 'vitest';
import { ServiceError } from '../errors.ts';
import { failure } from '../notifications/service.testing.ts';
import { CONTENT } from '../testing/schedule.ts';
import { pointers, setUp, tenant } from './service.testing.ts';
import { makePlanService } from './workers/plan.ts';

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

  it('of the content does not undo a later one that was carried out meanwhile', async () => {
    const { create, patch, only, notifications } = setUp();
    const { schedule } = await create();
    const { replace } = notifications;
    const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    vi.spyOn(notifications, 'replace').mockImplementationOnce(async (...write) => {
      reached.resolve();
      await held.promise;
      return replace(...write);
    });
    const earlier = patch(schedule.id, { notification: { body: 'One' } });
    await reached.promise;
    await patch(schedule.id, { notification: { body: 'Two' } });
    held.resolve();
    expect(await earlier).toMatchObject({ content: { body: 'Two' }, version: 3 });
    expect(only()).toMatchObject({ body: 'Two' });
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

  it('judges when the content of other times would expire', async () => {
    const { create, patch } = setUp();
    const notification = { ...CONTENT, window: { from: '09:00', until: '10:00' }, expires_after: 'PT1H' };
    const { schedule } = await create({ notification });
    for (const times of [{ cron: '0 12 * * *' }, { cron: '0 12 * * *', notification: { body: 'New' } }])
      expect(await pointers(patch(schedule.id, times))).toEqual(['/notification/expires_after']);
    expect((await patch(schedule.id, { cron: '30 9 * * *' })).cron).toBe('30 9 * * *');
  });

  it('that was answered by 503 stands, and is answered when it is repeated with the same If-Match', async () => {
    const { create, patch, notifications } = setUp();
    const { schedule } = await create();
    const { get } = notifications;
    notifications.get = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    const change = { cron: '30 9 * * *' };
    expect((await failure(patch(schedule.id, change, '"1"'))).code).toBe('unavailable');
    notifications.get = get;
    expect(await patch(schedule.id, change, '"1"')).toMatchObject({ version: 2, pending: { outcome: 'canceled' } });
    expect((await failure(patch(schedule.id, { cron: '0 8 * * *' }, '"1"'))).code).toBe('precondition-failed');
    expect((await failure(patch(schedule.id, { cron: 'never' }, '"1"'))).code).toBe('precondition-failed');
  });

  it('of one that has ended counts towards the cap of the tenant', async () => {
    const { create, patch, count } = setUp({ schedulesMax: 1 });
    const { schedule } = await create();
    expect((await patch(schedule.id, { end: '2026-02-01' })).endedAt).toBeDefined();
    await create();
    expect((await failure(patch(schedule.id, { end: null }))).code).toBe('limit-reached');
    expect((await patch(schedule.id, { misfire: 'skip' })).misfire).toBe('skip');
    expect(await count(tenant, 10)).toBe(1);
  });

  it('by a host whose clock trails makes no instant again that is planned already', async () => {
    const { create, patch, clock, memory, ...ports } = setUp();
    const { schedule } = await create();
    const dueAt = schedule.occurrence?.at ?? 0;
    clock.advance(dueAt - 3_000 - clock.now());
    const ahead = { ...ports, memory, clock: { ...clock, now: () => clock.now() + 4_000 } };
    expect(await makePlanService(ahead).pass({ hasTime: () => true })).toBe(1);
    await patch(schedule.id, { cron: '0 9,17 * * *' });
    const open = memory.all().filter(({ status }) => status === 'PENDING');
    expect(open.map(({ sendAt }) => sendAt)).toEqual([dueAt, dueAt + 8 * 3_600_000]);
  });
});
