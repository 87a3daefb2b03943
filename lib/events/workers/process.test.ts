import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import type { NotificationStore } from '../../notifications/repository.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { makeEvent } from '../../testing/event.ts';
import { makeMemoryEventStore } from '../../testing/memory-event-store.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { makeEventChanges } from '../changes.ts';
import type { Event } from '../event.ts';
import type { EventStore } from '../repository.ts';
import { check } from '../state/event-state.ts';
import { makeEventProcessService } from './process.ts';

const MINUTE_MS = 60_000;
const email = 'a@example.com';
const withRecipient = { type: 'user.signup', payload: { user_id: 7, email } };

const setUp = async (
  changes: Partial<Event>,
  stores: {
    events?: (store: EventStore) => Partial<EventStore>;
    notifications?: (s: NotificationStore) => Partial<NotificationStore>;
  } = {},
) => {
  const ports = makeTestPorts();
  const memory = makeMemoryEventStore(ports.clock);
  await memory.store.create(makeEvent(changes));
  const events = { ...memory.store, ...stores.events?.(memory.store) };
  const notifications = { ...ports.notifications, ...stores.notifications?.(ports.notifications) };
  const all = { ...ports, events, notifications };
  const stored = () => memory.read('evt_1');
  return { ports, memory, stored, service: makeEventProcessService(all), changes: makeEventChanges(all) };
};

describe('processing an event', () => {
  it('creates its notification, records it, then arms its timer', async () => {
    const { service, ports, stored } = await setUp(withRecipient);
    await service.process('evt_1');
    const [notification] = ports.memory.all();
    expect(notification).toMatchObject({ eventId: 'evt_1', entityId: '7', status: 'PENDING', type: 'user.signup' });
    expect(stored()).toMatchObject({ status: 'PROCESSED', notifications: [notification?.id] });
    expect(stored()).not.toHaveProperty('nextCheckAt');
    expect(stored()).not.toHaveProperty('expiresAt');
    expect(ports.armed).toEqual([
      { id: notification?.id, tenant: notification?.tenant, seq: 1, due: makeEvent().createdAt },
    ]);
    expect(ports.recording.calls).toEqual([
      { verb: 'notificationCreated', args: [{ type: 'user.signup' }] },
      { verb: 'eventProcessed', args: [{ outcome: 'processed' }] },
    ]);
  });

  it('a plain signal causes nothing, and may expire', async () => {
    const { service, ports, stored } = await setUp({ payload: { user_id: 7 } });
    await service.process('evt_1');
    expect(stored()).toMatchObject({ status: 'PROCESSED', notifications: [], expiresAt: expect.any(Number) });
    expect(ports.memory.all()).toEqual([]);
  });

  it('may name a webhook endpoint of its tenant; any other is a recipient that cannot be used', async () => {
    const endpoint = makeEndpoint();
    const named = { type: 'user.signup', payload: { user_id: 7, endpoint_id: endpoint.id } };
    const there = await setUp(named);
    await there.ports.endpoints.create(endpoint);
    await there.service.process('evt_1');
    expect(there.stored()?.status).toBe('PROCESSED');
    expect(there.ports.memory.all()).toMatchObject([{ channels: { webhook: { to: endpoint.id, state: 'pending' } } }]);
    for (const changes of [{ tenant: 'other' }, { deletedAt: 1 }, { id: `end_${'9'.repeat(26)}` }]) {
      const elsewhere = await setUp(named);
      await elsewhere.ports.endpoints.create({ ...endpoint, ...changes });
      await elsewhere.service.process('evt_1');
      const reason = '/payload/endpoint_id must name an endpoint that exists';
      expect(elsewhere.stored()).toMatchObject({ status: 'REJECTED', reason });
      expect(elsewhere.ports.memory.all()).toEqual([]);
    }
  });

  it('one that cannot be used is rejected at once: a dead letter, with its reason, without personal data', async () => {
    const { service, ports, stored } = await setUp({ payload: { email: 'nonsense' } });
    await service.process('evt_1');
    expect(stored()).toMatchObject({ status: 'REJECTED', reason: '/payload/email must be an e-mail address' });
    expect(ports.recording.calls).toEqual([
      { verb: 'eventProcessed', args: [{ outcome: 'rejected' }] },
      { verb: 'deadLetter', args: [{ kind: 'message' }] },
    ]);
  });

  it('twice, one after the other or at once, creates and counts nothing twice', async () => {
    const { service, ports, stored } = await setUp(withRecipient);
    await Promise.all([service.process('evt_1'), service.process('evt_1')]);
    const before = stored();
    await service.process('evt_1');
    expect(stored()).toEqual(before);
    expect(ports.memory.all()).toHaveLength(1);
    expect(ports.armed).toHaveLength(1);
    expect(ports.recording.count('notificationCreated')).toBe(1);
    expect(ports.recording.count('eventProcessed')).toBe(1);
  });

  it('an event that is gone is no error', async () => {
    const { service } = await setUp({});
    await expect(service.process('evt_none')).resolves.toBeUndefined();
  });

  it('a timer that fails is logged and counted; the notification has its mark', async () => {
    const { ports, memory } = await setUp(withRecipient);
    const timer = { ...ports.timer, arm: () => Promise.reject(new Error('down')) };
    await makeEventProcessService({ ...ports, events: memory.store, timer }).process('evt_1');
    expect(ports.recording.calls).toContainEqual({ verb: 'handOffFailed', args: [{ step: 'arm' }] });
    expect(ports.memory.all()[0]?.nextCheckAt).toBeDefined();
  });
});

describe('a crash or an outage in between', () => {
  it('before the notification: the event stays accepted, and the next try does it all', async () => {
    let down = true;
    const failing = { create: () => Promise.reject(new ServiceError('unavailable', 'down')) };
    const { service, stored } = await setUp(withRecipient, {
      notifications: (store) => ({ ...store, create: (item) => (down ? failing.create() : store.create(item)) }),
    });
    await expect(service.process('evt_1')).rejects.toThrow('down');
    expect(stored()?.status).toBe('ACCEPTED');
    down = false;
    await service.process('evt_1');
    expect(stored()?.status).toBe('PROCESSED');
  });

  it('between notification and event: the next try finds the notification and records it', async () => {
    let down = true;
    const { service, ports, stored } = await setUp(withRecipient, {
      events: (store) => ({
        replace: (next, expected) =>
          down ? Promise.reject(new ServiceError('unavailable', 'down')) : store.replace(next, expected),
      }),
    });
    await expect(service.process('evt_1')).rejects.toThrow('down');
    expect(ports.memory.all()).toHaveLength(1);
    down = false;
    await service.process('evt_1');
    expect(ports.memory.all()).toHaveLength(1);
    expect(stored()).toMatchObject({ status: 'PROCESSED', notifications: [ports.memory.all()[0]?.id] });
  });

  it('a notification that ended meanwhile gives the event its TTL', async () => {
    const expiresAt = 4_000_000_000;
    const { service, stored } = await setUp(withRecipient, {
      notifications: () => ({
        create: async (item) => ({ written: false, current: { ...item, status: 'SENT', expiresAt } }),
      }),
    });
    await service.process('evt_1');
    expect(stored()?.expiresAt).toBeGreaterThan(expiresAt);
  });

  it('a touch of the reconciler in between does not stop it', async () => {
    let touched = false;
    const { service, stored } = await setUp(withRecipient, {
      events: (store) => ({
        replace: async (next, expected) => {
          if (!touched) {
            touched = true;
            await store.replace({ ...makeEvent(withRecipient), checks: 1, writeId: 'touch' }, expected);
          }
          return store.replace(next, expected);
        },
      }),
    });
    await service.process('evt_1');
    expect(stored()).toMatchObject({ status: 'PROCESSED', checks: 0 });
  });
});

describe('the pipeline around it', () => {
  it('the reconciler has an event that is due for a check processed again, once', async () => {
    const { changes, ports, stored } = await setUp(withRecipient);
    expect(await changes.check('evt_1')).toBe(false);
    ports.clock.pass(2 * MINUTE_MS);
    const both = await Promise.all([changes.check('evt_1'), changes.check('evt_1')]);
    expect(both.sort()).toEqual([false, true]);
    expect(ports.processed).toEqual(['evt_1']);
    expect(stored()?.checks).toBe(1);
    expect(check(makeEvent(), { now: 0, writeId: 'x' }).moved).toBe(false);
  });

  it('what is returned ten times is a dead letter, listed with its reason, and redrive processes it', async () => {
    const { changes, service, ports, stored } = await setUp(withRecipient);
    for (let round = 0; round < 10; round += 1) expect(await changes.returned('evt_1')).toBe(true);
    expect(stored()).toMatchObject({ status: 'REJECTED', reason: 'unprocessable' });
    expect(ports.recording.calls).toContainEqual({ verb: 'deadLetter', args: [{ kind: 'message' }] });
    expect(await changes.returned('evt_1')).toBe(false);
    expect(await changes.redrive('evt_1')).toBe(true);
    expect(await changes.redrive('evt_1')).toBe(false);
    expect(ports.processed).toEqual(['evt_1']);
    await service.process('evt_1');
    expect(stored()).toMatchObject({ status: 'PROCESSED', redrivenAt: expect.any(Number) });
    expect(ports.memory.all()).toHaveLength(1);
  });

  it('an event that is gone moves nowhere', async () => {
    const { changes } = await setUp({});
    for (const move of [changes.check, changes.returned, changes.redrive]) expect(await move('evt_none')).toBe(false);
  });
});
