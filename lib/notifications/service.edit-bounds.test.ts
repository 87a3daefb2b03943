/** A PATCH of window and expiry, and of what they bound. */
import { describe, expect, it } from 'vitest';
import type { NotificationPatch } from './notification-patch.ts';
import { failure, HOUR_MS, setUp, tenant } from './service.testing.ts';
import { viewNotification } from './view.ts';

/** The clock begins at 12:00, and `input` is due at 13:00. */
const NIGHT = { from: '22:00', until: '06:00' };

const created = async (changes: Parameters<ReturnType<typeof setUp>['create']>[0] = { window: NIGHT }) => {
  const kit = setUp();
  const { item } = await kit.create(changes);
  const edit = (patch: NotificationPatch) => kit.service.edit({ id: item.id, tenant, patch });
  return { ...kit, item, edit };
};

describe('a PATCH of a window', () => {
  it('moves the time to act, and the timer with it', async () => {
    const { edit, item, armed } = await created();
    const next = await edit({ window: { from: '14:00', until: '15:00' } });
    expect(next).toMatchObject({ dueAt: item.sendAt + HOUR_MS, closesAt: item.sendAt + 2 * HOUR_MS, timerSeq: 2 });
    expect(armed.map(({ seq, due }) => [seq, due])).toEqual([
      [1, item.sendAt + 9 * HOUR_MS],
      [2, item.sendAt + HOUR_MS],
    ]);
  });

  it('is merged member by member, and judged as at creation', async () => {
    const { edit, item } = await created();
    expect((await edit({ window: { until: '07:00', timezone: 'Europe/Berlin' } })).window).toEqual({
      ...{ from: '22:00', until: '07:00', timezone: 'Europe/Berlin' },
    });
    expect(viewNotification(await edit({ window: { timezone: null } }))).toMatchObject({ version: 3 });
    for (const [window, pointer] of [
      [{ from: '07:00' }, '/window/until'],
      [{ from: null }, '/window/from'],
      [{ timezone: 'Mars/Olympus' }, '/window/timezone'],
    ] as const)
      expect((await failure(edit({ window }))).errors?.map((error) => error.pointer)).toEqual([pointer]);
    const { edit: edit2 } = await created({});
    expect((await failure(edit2({ window: { outside: 'drop' } }))).errors).toMatchObject([
      ...[{ pointer: '/window/from' }, { pointer: '/window/until' }],
    ]);
    expect(item.version).toBe(1);
  });

  it('that removes it makes what was deferred due now, and not late', async () => {
    const { edit, clock, item } = await created();
    clock.pass(3 * HOUR_MS);
    const next = await edit({ window: null });
    expect(next).toMatchObject({ sendAt: item.sendAt, dueAt: clock.now(), timerSeq: 2 });
    for (const name of ['window', 'closesAt']) expect(next).not.toHaveProperty(name);
    expect(viewNotification(next)).not.toHaveProperty('deferred_to');
  });

  it('that makes it drop what is outside cancels the notification', async () => {
    const { edit, recording } = await created();
    expect(await edit({ window: { outside: 'drop' } })).toMatchObject({ status: 'CANCELED', statusReason: 'window' });
    expect(recording.count('notificationCanceled')).toBe(1);
  });
});

describe('a PATCH of an expiry', () => {
  it('counts from the due time as it is', async () => {
    const { edit, item } = await created({ expires_after: 'PT2H' });
    expect(item.closesAt).toBe(item.sendAt + 2 * HOUR_MS);
    expect((await edit({ expires_after: 'PT3H' })).closesAt).toBe(item.sendAt + 3 * HOUR_MS);
    const later = new Date(item.sendAt + HOUR_MS).toISOString();
    expect((await edit({ send_at: later })).closesAt).toBe(item.sendAt + 4 * HOUR_MS);
    expect(await edit({ expires_after: null })).not.toHaveProperty('closesAt');
  });

  it.each<[string, NotificationPatch]>([
    ['ends before the window opens', { expires_after: 'PT9H' }],
    ['does so with another window', { expires_after: 'PT10H', window: { from: '23:30' } }],
    ['does so at another time', { expires_after: 'PT10H', send_at: '2026-03-01T07:00:00-05:00' }],
  ])('that %s is 400, and nothing changes', async (_, patch) => {
    const { edit, memory, item } = await created();
    const error = await failure(edit(patch));
    expect([error.code, error.errors?.[0]?.pointer]).toEqual(['validation-failed', '/expires_after']);
    expect(memory.read(item.id)).toEqual(item);
  });

  it('that has passed already is 400', async () => {
    const { edit, clock } = await created();
    clock.pass(3 * HOUR_MS);
    const { errors } = await failure(edit({ window: null, expires_after: 'PT1H' }));
    expect(errors?.[0]?.detail).toContain(
      'must last beyond 2026-03-01T15:00:00.000Z, the first time to send; it would',
    );
  });
});

describe('a PATCH of anything else', () => {
  it('moves no timer; a recipient that is new waits with the others', async () => {
    const { edit, item, armed } = await created();
    const next = await edit({ subject: 'New', email: null, phone: '9999912345' });
    expect(next).toMatchObject({ timerSeq: 1, dueAt: item.dueAt, closesAt: item.closesAt });
    expect(armed).toHaveLength(1);
    expect(viewNotification(next)).toMatchObject({
      ...{ deferred_to: '2026-03-01T22:00:00.000Z', channels: { sms: { last_error: 'window' } } },
    });
  });

  it('of its zone moves the window that has none of its own', async () => {
    const { edit, item } = await created();
    const next = await edit({ timezone: 'Asia/Tokyo' });
    // 22:00 there was at 13:00 UTC, when it is due.
    expect(next).toMatchObject({ dueAt: item.sendAt, closesAt: item.sendAt + 8 * HOUR_MS });
  });
});
