import { describe, expect, it } from 'vitest';
import { claim, states } from '../testing/states.ts';
import { DAY_MS, failure, setUp, tenant } from './service.testing.ts';
import { makeNotificationService } from './service.ts';

describe('a command', () => {
  it('on what is not there, or another tenant’s, is not-found', async () => {
    const { create, service } = setUp();
    const { item } = await create();
    for (const address of [
      { id: 'ntf_none', tenant },
      { id: item.id, tenant: 'other' },
    ]) {
      const commands = [service.get, service.cancel, service.stop, service.retry];
      for (const command of commands) expect((await failure(command(address))).code).toBe('not-found');
    }
  });

  it('that is refused carries the state that forbids it', async () => {
    const { service, notifications } = setUp();
    await notifications.create(states.SENDING());
    const error = await failure(service.cancel({ id: 'ntf_1', tenant }));
    expect(error).toMatchObject({ code: 'already-attempted' });
    expect(JSON.stringify(error.extensions)).toContain('SENDING');
    expect(error.extensions.channels).toMatchObject({ email: { state: 'sending' } });
  });

  it('that meets another writer is decided again', async () => {
    const kit = setUp();
    const { item } = await kit.create();
    let raced = false;
    const notifications = {
      ...kit.notifications,
      replace: async (...args: Parameters<typeof kit.notifications.replace>) => {
        // The claim comes between the read and the write.
        if (!raced) await kit.memory.write(claim(item, item.dueAt));
        raced = true;
        return kit.notifications.replace(...args);
      },
    };
    const service = makeNotificationService({ ...kit, notifications });
    expect((await failure(service.cancel({ id: item.id, tenant }))).code).toBe('already-attempted');
    expect(kit.memory.read(item.id)?.status).toBe('SENDING');
  });

  it('under endless contention is unavailable in the end', async () => {
    const kit = setUp();
    const { item } = await kit.create();
    const notifications = { ...kit.notifications, replace: async () => ({ written: false as const, current: item }) };
    const error = await failure(makeNotificationService({ ...kit, notifications }).cancel({ id: item.id, tenant }));
    expect([error.code, error.headers]).toEqual(['unavailable', { 'retry-after': '1' }]);
  });
});

describe('PATCH', () => {
  it('checks the state, then If-Match, then the new time', async () => {
    const { create, service, notifications } = setUp();
    const { item } = await create();
    const address = { id: item.id, tenant };
    const bad = { send_at: 'soon' };
    expect((await failure(service.edit({ ...address, patch: bad, ifMatch: '"9"' }))).code).toBe('precondition-failed');
    expect((await failure(service.edit({ ...address, patch: bad, ifMatch: 'W/"1"' }))).code).toBe(
      'precondition-failed',
    );
    expect((await failure(service.edit({ ...address, patch: bad, ifMatch: '"1"' }))).code).toBe('validation-failed');
    await notifications.create(states.SENDING());
    expect((await failure(service.edit({ id: 'ntf_1', tenant, patch: bad, ifMatch: '"9"' }))).code).toBe(
      'already-attempted',
    );
  });

  it('takes any of a list of versions, and *', async () => {
    const { create, service, clock } = setUp();
    const { item } = await create();
    const patch = { send_at: new Date(clock.now() + DAY_MS).toISOString() };
    expect((await service.edit({ id: item.id, tenant, patch, ifMatch: '"7", "1"' })).version).toBe(2);
    expect((await service.edit({ id: item.id, tenant, patch, ifMatch: '*' })).version).toBe(3);
  });

  it('merges over what was last given, and one form drops the other', async () => {
    const { create, service } = setUp();
    const { item } = await create({
      send_at: undefined as never,
      target_date: '2026-04-10',
      timezone: 'Europe/Berlin',
    });
    const address = { id: item.id, tenant };
    const lead = await service.edit({ ...address, patch: { lead_time_days: 1 } });
    expect(new Date(lead.dueAt).toISOString()).toBe('2026-04-08T22:00:00.000Z');
    const sendAt = await service.edit({ ...address, patch: { send_at: '2026-05-01T09:00' } });
    expect([new Date(sendAt.dueAt).toISOString(), sendAt.targetDate]).toEqual(['2026-05-01T07:00:00.000Z', undefined]);
    const back = await service.edit({ ...address, patch: { target_date: '2026-06-10' } });
    expect(back.timing).toEqual({ target_date: '2026-06-10', lead_time_days: 7, timezone: 'Europe/Berlin' });
  });

  it('cannot take the target away from a text that names it', async () => {
    const { service, create } = setUp();
    const { item } = await create({
      send_at: undefined as never,
      target_date: '2026-05-01',
      body: 'Until {{target_date}}',
    });
    const address = { id: item.id, tenant };
    expect((await failure(service.edit({ ...address, patch: { send_at: '2026-04-20' } }))).errors).toMatchObject([
      { pointer: '/send_at' },
    ]);
    expect((await service.edit({ ...address, patch: { target_date: '2026-05-02' } })).version).toBe(2);
  });

  it('takes the zone in the brackets of a time as the timezone, at creation and by PATCH', async () => {
    const { service, create } = setUp();
    const { item } = await create({ send_at: '2026-05-01T09:00+05:30[Asia/Kolkata]', timezone: 'asia/kolkata' });
    expect([item.sendAt, item.timing.timezone]).toEqual([Date.parse('2026-05-01T03:30:00Z'), 'asia/kolkata']);
    const moved = await service.edit({ id: item.id, tenant, patch: { send_at: '2026-05-01T09:00[Japan]' } });
    expect([moved.sendAt, moved.timing.timezone]).toEqual([Date.parse('2026-05-01T00:00:00Z'), 'Japan']);
    const patch = { send_at: '2026-05-01T09:00[Japan]', timezone: 'UTC' };
    expect((await failure(service.edit({ id: item.id, tenant, patch }))).errors).toEqual([
      { pointer: '/timezone', detail: 'must be the zone in the brackets of send_at, or left out' },
    ]);
    expect((await failure(create(patch))).errors).toMatchObject([{ pointer: '/timezone' }]);
  });
});

describe('7. Nothing open expires: an event outlives its notifications', () => {
  it('moves the event’s TTL before the notification’s own, and removes it before one opens again', async () => {
    const kit = setUp();
    const order: string[] = [];
    const service = makeNotificationService({
      ...kit,
      events: { keepUntil: async (_id, expiresAt) => void order.push(`event ${expiresAt}`) },
      notifications: {
        ...kit.notifications,
        replace: async (next, expected) => {
          order.push(`notification ${next.expiresAt}`);
          return kit.notifications.replace(next, expected);
        },
      },
    });
    const failed = { ...states.FAILED(), eventId: 'evt_1' };
    await kit.notifications.create(failed);
    const open = await service.retry({ id: failed.id, tenant });
    await service.stop({ id: failed.id, tenant });
    const end = kit.memory.read(failed.id)?.expiresAt ?? 0;
    expect(order).toEqual([
      'event undefined',
      'notification undefined',
      `event ${end + 86_400}`,
      `notification ${end}`,
    ]);
    expect(open.expiresAt).toBeUndefined();
  });
});
