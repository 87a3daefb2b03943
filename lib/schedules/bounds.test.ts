/** Windows and expiry of occurrences. */
import { describe, expect, it } from 'vitest';
import { failure } from '../notifications/service.testing.ts';
import { checkWrite } from '../testing/laws.ts';
import { CONTENT, makeSchedulePorts } from '../testing/schedule.ts';
import type { NewSchedule, SchedulePatch } from './schedule.ts';
import { makeScheduleService } from './service.ts';
import { makePlanService } from './workers/plan.ts';

const DAY_MS = 86_400_000;
const tenant = 'acme';
/** The clock begins on 1 March at 12:00. */
const EVENING = { from: '18:00', until: '20:00' };

const setUp = async (bounds: object) => {
  const ports = makeSchedulePorts();
  const service = makeScheduleService(ports);
  const input = { cron: '0 15 * * *', notification: { ...CONTENT, ...bounds } } as NewSchedule;
  const { schedule } = await service.create({ input, tenant });
  return {
    ...ports,
    patch: (notification: object) =>
      service.patch({ id: schedule.id, tenant, patch: { notification } as SchedulePatch }),
    pass: () => makePlanService(ports).pass({ hasTime: () => true }),
    pending: () => {
      const item = ports.memory.all().at(-1);
      if (!item) throw new Error('there is no occurrence');
      return item;
    },
  };
};

describe('an occurrence', () => {
  it('waits for its window', async () => {
    const { pending, armed } = await setUp({ window: EVENING, expires_after: 'PT4H' });
    const dueAt = Date.parse('2026-03-01T18:00Z');
    expect(pending()).toMatchObject({ sendAt: Date.parse('2026-03-01T15:00Z'), dueAt });
    expect(pending().closesAt).toBe(Date.parse('2026-03-01T19:00Z'));
    expect(armed).toMatchObject([{ due: dueAt }]);
  });

  it('that is pending gets the new window, and a timer for it', async () => {
    const { pending, patch, armed } = await setUp({});
    const before = pending();
    await patch({ window: EVENING });
    expect(pending()).toMatchObject({ dueAt: Date.parse('2026-03-01T18:00Z'), timerSeq: 2 });
    checkWrite(before, pending());
    expect(armed.map(({ seq }) => seq)).toEqual([1, 2]);
    await patch({ window: null });
    expect(pending()).toMatchObject({ dueAt: Date.parse('2026-03-01T15:00Z'), timerSeq: 3 });
    expect(pending()).not.toHaveProperty('closesAt');
  });

  it('that is pending keeps its timer when only its text is new, and its new recipient waits with it', async () => {
    const { pending, patch } = await setUp({ window: EVENING });
    await patch({ body: 'New', email: null, phone: '+14155550123' });
    expect(pending()).toMatchObject({ body: 'New', timerSeq: 1, channels: { sms: { lastError: 'window' } } });
  });

  it('made too late, after an outage, ends FAILED and is counted as that', async () => {
    const { clock, pass, pending, recording, armed } = await setUp({ expires_after: 'PT2H' });
    clock.pass(3 * DAY_MS + 7 * 3_600_000);
    await pass();
    const made = pending();
    expect(made.status).toBe('PENDING');
    const expired = recording.calls.filter(({ verb }) => verb === 'notificationFailed');
    expect(expired).toEqual([{ verb: 'notificationFailed', args: [{ reason: 'expired' }] }]);
    expect(recording.count('notificationCanceled')).toBe(0);
    expect(armed.at(-1)).toMatchObject({ id: made.id });
  });

  it('is planned although its window drops the one before', async () => {
    const { clock, pass, memory } = await setUp({ window: { ...EVENING, outside: 'drop' } });
    clock.pass(2 * DAY_MS);
    while ((await pass()) > 0);
    const reasons = memory.all().map(({ status, statusReason }) => `${status} ${statusReason}`);
    expect(reasons).toEqual(reasons.map(() => 'CANCELED window'));
    expect(reasons.length).toBeGreaterThan(1);
  });
});

describe('a schedule', () => {
  it('names what is wrong with the window of its notification', async () => {
    const window = { ...EVENING, timezone: 'Mars/Olympus' };
    expect((await failure(setUp({ window }))).errors).toMatchObject([{ pointer: '/notification/window/timezone' }]);
    const { patch } = await setUp({});
    expect((await failure(patch({ window: { from: '09:00' } }))).errors).toMatchObject([
      { pointer: '/notification/window/until' },
    ]);
  });
});
