/** What becomes of a time to send that has passed while its target has not. */
import { describe, expect, it } from 'vitest';
import { rfc3339 } from '../schema/time.ts';
import { checkRecord } from '../testing/laws.ts';
import { dueTime } from './due-time.ts';
import type { NewNotification } from './notification.ts';
import { DAY_MS, failure, setUp, tenant } from './service.testing.ts';
import { viewNotification } from './view.ts';

/** Due four days ago, as its target is three days ahead. */
const late = (now: number, changes: Partial<NewNotification> = {}): Partial<NewNotification> => ({
  ...{ send_at: undefined as never, target_date: rfc3339(now + 3 * DAY_MS), lead_time_days: 7 },
  ...changes,
});

describe('at creation', () => {
  it.each([undefined, 'send' as const])('%s: it is sent now', async (word) => {
    const { create, clock, armed } = setUp();
    const { item } = await create(late(clock.now(), word && { if_past: word }));
    expect([item.status, item.sendAt]).toEqual(['PENDING', clock.now()]);
    expect(armed).toHaveLength(1);
  });

  it('skip: it is CANCELED for `past`, says when it was due, and no timer hears of it', async () => {
    const { create, clock, armed, disarmed, memory, recording } = setUp();
    const { item, replayed } = await create(late(clock.now(), { if_past: 'skip' }));
    const sendAt = clock.now() - 4 * DAY_MS;
    expect(viewNotification(item)).toMatchObject({
      ...{ status: 'CANCELED', status_reason: 'past', if_past: 'skip', send_at: rfc3339(sendAt), version: 1 },
      channels: { email: { state: 'stopped', attempts: 0 } },
    });
    checkRecord(item);
    expect([memory.read(item.id), replayed, armed, disarmed]).toEqual([item, false, [], []]);
    expect([recording.count('notificationCreated'), recording.count('notificationCanceled')]).toEqual([1, 1]);
  });

  it('reject: it is refused, by the field and the rule, with all else that is wrong, and nothing is stored', async () => {
    const { create, clock, memory, service, input } = setUp();
    const body = late(clock.now(), { if_past: 'reject' });
    const detail = expect.stringMatching(
      /^must be more than 7 days ahead \(lead_time_days\) while if_past is reject: /,
    );
    expect((await failure(create(body))).errors).toEqual([{ pointer: '/target_date', detail }]);
    expect((await failure(create({ ...body, phone: '12' }))).errors?.map(({ pointer }) => pointer)).toEqual([
      '/phone',
      '/target_date',
    ]);
    expect(service.problems({ ...input(body), phone: 5 })).toContainEqual({ pointer: '/target_date', detail });
    expect(memory.all()).toEqual([]);
  });

  it.each(['skip', 'reject'] as const)('%s: what is still ahead is kept, and so is the word', async (if_past) => {
    const { create, clock } = setUp();
    const { item } = await create(late(clock.now(), { if_past, lead_time_days: 2 }));
    expect(item).toMatchObject({ status: 'PENDING', ifPast: if_past, sendAt: clock.now() + DAY_MS });
  });

  it.each(['skip', 'reject'] as const)(
    '%s: a target without a lead, or send_at, that has just passed is now',
    (ifPast) => {
      const now = Date.parse('2026-03-01T12:00:00Z');
      const text = rfc3339(now - 60_000);
      expect(dueTime({ send_at: text }, now, { ifPast })).toEqual({ sendAt: now });
      const target = { target_date: text, lead_time_days: 0 };
      expect(dueTime(target, now, { ifPast })).toEqual({ sendAt: now, targetDate: now - 60_000 });
      expect(dueTime({ ...target, lead_time_days: 1 }, now, { ifPast })).not.toHaveProperty('sendAt', now);
    },
  );

  it('repeated with its Idempotency-Key answers the first record, however late it has become', async () => {
    const { create, clock, memory } = setUp();
    const body = late(clock.now(), { if_past: 'reject', lead_time_days: 2 });
    const first = await create(body, 'rejects');
    const skipped = await create({ ...body, if_past: 'skip' }, 'skips');
    clock.pass(2 * DAY_MS);
    expect(await create(body, 'rejects')).toEqual({ item: first.item, replayed: true });
    expect(await create({ ...body, if_past: 'skip' }, 'skips')).toEqual({ item: skipped.item, replayed: true });
    expect((await failure(create({ ...body, if_past: 'send' }, 'rejects'))).code).toBe('idempotency-key-reused');
    expect(memory.all()).toHaveLength(2);
  });
});

describe('by PATCH of the time', () => {
  const setUpAhead = async (changes: Partial<NewNotification> = {}) => {
    const kit = setUp();
    const { item } = await kit.create(late(kit.clock.now(), { lead_time_days: 2, ...changes }));
    kit.armed.length = 0;
    return { ...kit, item, address: { id: item.id, tenant } };
  };

  it('without a word, the one given at creation holds', async () => {
    const { service, address, armed, memory, item, recording } = await setUpAhead({ if_past: 'skip' });
    const skipped = await service.edit({ ...address, patch: { lead_time_days: 7, subject: 'Late' } });
    expect(skipped).toMatchObject({
      status: 'CANCELED',
      statusReason: 'past',
      version: 2,
      timerSeq: 2,
      subject: 'Late',
    });
    checkRecord(skipped);
    expect([memory.read(item.id), armed, recording.count('notificationCanceled')]).toEqual([skipped, [], 1]);
    expect((await failure(service.edit({ ...address, patch: { lead_time_days: 2 } }))).code).toBe('already-ended');
    expect((await service.cancel(address)).version).toBe(2);
  });

  it('skip takes the schedule entry away', async () => {
    const { service, address, item, notifications, disarmed } = await setUpAhead();
    await notifications.replace({ ...item, status: 'SCHEDULED', writeId: 'scheduled' }, item.writeId);
    await service.edit({ ...address, patch: { lead_time_days: 7, if_past: 'skip' } });
    expect(disarmed).toEqual([{ ...address, seq: 1 }]);
  });

  it('reject refuses it, and nothing changes', async () => {
    const { service, address, item, memory } = await setUpAhead();
    const patch = { lead_time_days: 7, if_past: 'reject' as const };
    expect((await failure(service.edit({ ...address, patch }))).errors).toMatchObject([{ pointer: '/target_date' }]);
    expect(memory.read(item.id)).toEqual(item);
  });

  it('another word, or null, takes the place of the one that was given', async () => {
    const { service, address, clock } = await setUpAhead({ if_past: 'reject' });
    const sent = await service.edit({ ...address, patch: { lead_time_days: 7, if_past: null } });
    expect([sent.status, sent.sendAt, sent.ifPast]).toEqual(['PENDING', clock.now(), undefined]);
  });

  it('a word alone judges nothing: it is kept for the next time', async () => {
    const { service, address, clock, armed } = await setUpAhead();
    clock.pass(2 * DAY_MS);
    const kept = await service.edit({ ...address, patch: { if_past: 'skip' } });
    expect([kept.status, kept.timerSeq, armed]).toEqual(['PENDING', 1, []]);
    const zoned = await service.edit({ ...address, patch: { timezone: 'UTC' } });
    expect(zoned).toMatchObject({ status: 'CANCELED', statusReason: 'past' });
  });
});
