import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTestPorts } from '../../testing/ports.ts';
import { states } from '../../testing/states.ts';
import type { Notification } from '../notification.ts';
import type { Timer } from '../timer.ts';
import { fireAt, makeScheduleService } from './schedule.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('fireAt', () => {
  it('is a whole minute in (due - 12 min, due - 2 min], the same for the same timer', () => {
    const times = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2040-01-01') });
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30 }), times, (id, due) => {
        const at = fireAt({ id, due });
        expect(at % MINUTE_MS).toBe(0);
        expect(at).toBeGreaterThan(due - 12 * MINUTE_MS);
        expect(at).toBeLessThanOrEqual(due - 2 * MINUTE_MS);
        expect(fireAt({ id, due })).toBe(at);
      }),
    );
  });

  it('spreads what is due in the same minute over ten', () => {
    const counts = new Map<number, number>();
    const due = Date.parse('2027-01-01T09:00:00Z');
    for (let n = 0; n < 5_000; n += 1) {
      const at = fireAt({ id: `ntf_${n}`, due });
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(120);
  });
});

const setUp = async (item: Notification) => {
  const ports = makeTestPorts();
  await ports.notifications.create(item);
  const entries = new Map<string, number>();
  const schedules = {
    create: async (timer: Timer, at: number) => void entries.set(`${timer.id}-${timer.seq}`, at),
    remove: async ({ id, seq }: { id: string; seq: number }) => void entries.delete(`${id}-${seq}`),
  };
  const service = makeScheduleService({ ...ports, schedules, graceMs: ports.policy.graceMs });
  const due = ports.clock.now() + HOUR_MS;
  const message = { kind: 'schedule' as const, id: item.id, tenant: item.tenant, seq: item.timerSeq, due };
  return { ...ports, entries, schedules, service, message, due, read: () => ports.memory.read(item.id) };
};

describe('a schedule message', () => {
  it('makes the entry, then SCHEDULED, and the next look a grace after it was due', async () => {
    const { service, message, entries, read, due, policy, recording } = await setUp(states.PENDING());
    await service.handle(message);
    expect([...entries]).toEqual([['ntf_1-1', fireAt(message)]]);
    expect(read()).toMatchObject({ status: 'SCHEDULED', nextCheckAt: due + policy.graceMs, version: 1 });
    expect(recording.count('notificationScheduled')).toBe(1);
  });

  it('handled twice changes nothing more', async () => {
    const { service, message, entries, read, recording } = await setUp(states.PENDING());
    await service.handle(message);
    const before = read();
    await service.handle(message);
    expect([entries.size, read(), recording.count('notificationScheduled')]).toEqual([1, before, 1]);
  });

  it('that has become near goes straight to the timer, without an entry', async () => {
    const { service, message, entries, armed, clock } = await setUp(states.PENDING());
    clock.advance(45 * MINUTE_MS);
    await service.handle(message);
    expect(entries.size).toBe(0);
    expect(armed).toMatchObject([{ id: 'ntf_1', seq: 1, due: message.due }]);
  });

  it('for a retry keeps its entry, and RETRYING stays RETRYING', async () => {
    const { service, message, entries, read } = await setUp(states.RETRYING());
    await service.handle(message);
    expect([...entries.keys()]).toEqual(['ntf_1-2']);
    expect(read()?.status).toBe('RETRYING');
  });

  it('takes its entry back when the item was canceled, claimed, ended or is gone', async () => {
    for (const state of ['CANCELED', 'SENDING', 'SENT', 'FAILED', 'FAILED by stop'] as const) {
      const { service, message, entries } = await setUp(states[state]());
      await service.handle(message);
      expect(entries.size).toBe(0);
    }
    const { service, message, entries } = await setUp(states.PENDING());
    await service.handle({ ...message, id: 'ntf_gone' });
    expect(entries.size).toBe(0);
  });

  it('that is old takes its own entry back and leaves the new one', async () => {
    const { service, message, entries } = await setUp({ ...states.PENDING(), timerSeq: 2 });
    await service.handle({ ...message, seq: 2 });
    await service.handle({ ...message, seq: 1 });
    expect([...entries.keys()]).toEqual(['ntf_1-2']);
  });

  it('fails, to be repeated, when the entry or its mark could not be written', async () => {
    const kit = await setUp(states.PENDING());
    const down = () => Promise.reject(new Error('down'));
    const noEntry = makeScheduleService({ ...kit, graceMs: 1, schedules: { ...kit.schedules, create: down } });
    await expect(noEntry.handle(kit.message)).rejects.toThrow('down');
    expect(kit.read()?.status).toBe('PENDING');
    const noMark = makeScheduleService({
      ...kit,
      graceMs: 1,
      notifications: { ...kit.notifications, markScheduled: down },
    });
    await expect(noMark.handle(kit.message)).rejects.toThrow('down');
    expect(kit.entries.size).toBe(1);
    await kit.service.handle(kit.message);
    expect(kit.read()?.status).toBe('SCHEDULED');
  });

  it('to unschedule removes the entry of that seq alone', async () => {
    const { service, message, entries } = await setUp(states.PENDING());
    await service.handle(message);
    await service.handle({ kind: 'unschedule', id: message.id, seq: 9 });
    expect(entries.size).toBe(1);
    await service.handle({ kind: 'unschedule', id: message.id, seq: 1 });
    expect(entries.size).toBe(0);
  });
});
