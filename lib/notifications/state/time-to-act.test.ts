/** Window and expiry in the state machine, up to the claim. */
import { describe, expect, it } from 'vitest';
import { at, claim, moved, NOW } from '../../testing/states.ts';
import { viewNotification } from '../view.ts';
import { DAY_MS, drop, HOUR_MS, LATER, LUNCH, late, MINUTE_MS, made, stepped } from './bounded.testing.ts';
import { cancel, create } from './client-commands.ts';
import { canClaim, check, missed } from './worker-steps.ts';

const DUE = { seq: 1 };

describe('created', () => {
  it('inside its window it is due at once, until the window closes', () => {
    const { item } = made({ window: LUNCH });
    expect(item).toMatchObject({ status: 'PENDING', dueAt: NOW, closesAt: NOW + HOUR_MS });
    expect(viewNotification(item)).not.toHaveProperty('deferred_to');
  });

  it('outside it waits for the opening; the view shows until when, and why', () => {
    const { item, effects } = made({ window: LATER });
    expect(item).toMatchObject({ sendAt: NOW, dueAt: NOW + HOUR_MS, closesAt: NOW + 3 * HOUR_MS, timerSeq: 1 });
    expect(effects).toEqual([{ do: 'arm', timer: { id: 'ntf_1', tenant: 'acme', seq: 1, due: NOW + HOUR_MS } }]);
    expect(viewNotification(item)).toMatchObject({
      ...{ send_at: '2026-03-01T12:00:00.000Z', deferred_to: '2026-03-01T13:00:00.000Z', deferred_by: 'window' },
      ...{ window: LATER, channels: { email: { next_attempt_at: '2026-03-01T13:00:00.000Z', last_error: 'window' } } },
    });
    expect(item.nextCheckAt, 'it needs a schedule entry soon').toBe(NOW + 2 * MINUTE_MS);
  });

  it('is in the zone of the window, else of the notification, else in UTC', () => {
    const berlin = { ...LATER, timezone: 'Europe/Berlin' };
    expect(made({ window: berlin }).item.closesAt).toBe(NOW + 2 * HOUR_MS);
    const draft = { ...made({ window: LATER }).item, to: { email: 'a@b.c' }, timing: { timezone: 'Asia/Tokyo' } };
    // 21:00 in Tokyo.
    expect(create(draft, { sendAt: NOW }, at()).next.dueAt).toBe(NOW + 16 * HOUR_MS);
  });

  it('outside a window that drops it is canceled at once, without a timer', () => {
    const { item, effects } = made({ window: drop(LATER) });
    expect(item).toMatchObject({ status: 'CANCELED', statusReason: 'window', version: 1, endedAt: NOW });
    expect(item.channels.email).toMatchObject({ state: 'stopped', lastError: 'window' });
    expect([effects, item.nextCheckAt, item.firstClaimedAt]).toEqual([[], undefined, undefined]);
    expect(item.expiresAt).toBeGreaterThan(NOW / 1_000);
  });

  it('expires after its due time, whenever its window closes', () => {
    expect(made({ expiresAfter: 'PT10M' }).item).toMatchObject({ dueAt: NOW, closesAt: NOW + 10 * MINUTE_MS });
    const both = made({ window: LUNCH, expiresAfter: 'PT10M' }, NOW + 5 * MINUTE_MS);
    expect(both.item.closesAt).toBe(NOW + 15 * MINUTE_MS);
    expect(made({ window: LUNCH, expiresAfter: 'P1D' }).item.closesAt).toBe(NOW + HOUR_MS);
    expect(made({ window: LATER, expiresAfter: 'PT90M' }).item).toMatchObject({
      dueAt: NOW + HOUR_MS,
      closesAt: NOW + 1.5 * HOUR_MS,
    });
  });

  it('without either it has no such member', () => {
    for (const name of ['closesAt', 'window', 'expiresAfter']) expect(made({}).item).not.toHaveProperty(name);
  });
});

describe('a claim', () => {
  it('is given from the opening to before the end', () => {
    const { item } = made({ window: LATER });
    const given = [HOUR_MS - 1, HOUR_MS, 3 * HOUR_MS - 1, 3 * HOUR_MS].map((ms) => canClaim(item, DUE, NOW + ms));
    expect(given).toEqual([false, true, true, false]);
  });

  it('that comes too late moves what is due to the next window, and can still be canceled', () => {
    const before = { ...made({ window: LUNCH }).item, status: 'SCHEDULED' as const };
    const item = late(before, NOW + HOUR_MS);
    expect(item).toMatchObject({ status: 'PENDING', dueAt: NOW + 23 * HOUR_MS, closesAt: NOW + 25 * HOUR_MS });
    expect(item).toMatchObject({ version: 2, timerSeq: 2, channels: { email: { state: 'pending', attempts: 0 } } });
    expect(moved(cancel(item, at(NOW + HOUR_MS))).status).toBe('CANCELED');
    const { effects } = missed(before, at(NOW + HOUR_MS));
    expect(effects.map((effect) => [effect.do, effect.timer.seq])).toEqual([
      ['disarm', 1],
      ['arm', 2],
    ]);
  });

  it('that comes in a later window counts its lateness from the opening of that one', () => {
    const item = late(made({ window: LUNCH }).item, NOW + 3 * DAY_MS);
    expect(item).toMatchObject({ dueAt: NOW + 3 * DAY_MS - HOUR_MS, closesAt: NOW + 3 * DAY_MS + HOUR_MS });
    expect(canClaim(item, { seq: 2 }, NOW + 3 * DAY_MS)).toBe(true);
  });

  it('that comes too late for a window that drops cancels it, even when a later one is open', () => {
    for (const now of [NOW + HOUR_MS, NOW + DAY_MS]) {
      const item = late(made({ window: drop(LUNCH) }).item, now);
      expect(item).toMatchObject({
        status: 'CANCELED',
        statusReason: 'window',
        channels: { sms: { state: 'stopped' } },
      });
    }
  });

  it('that comes once it has expired ends it FAILED, a dead letter without an attempt', () => {
    const item = late(made({ window: LUNCH, expiresAfter: 'PT10M' }).item, NOW + 10 * MINUTE_MS);
    expect(item).toMatchObject({
      status: 'FAILED',
      statusReason: 'expired',
      attempts: [],
      firstFailedAt: item.endedAt,
    });
    expect(item.channels.email).toMatchObject({ state: 'failed', lastError: 'expired', attempts: 0 });
  });

  it('ends it, too, when its next window opens after it has expired', () => {
    const item = late(made({ window: LUNCH, expiresAfter: 'PT5H' }).item, NOW + HOUR_MS);
    expect(item).toMatchObject({ status: 'FAILED', statusReason: 'expired' });
  });

  it('is not missed while a worker holds it, before it closes, or after it has ended', () => {
    const { item } = made({ window: LUNCH });
    const held = claim(item);
    for (const one of [item, held, moved(cancel(item, at()))])
      expect(missed(one, at(one === item ? NOW : NOW + DAY_MS)).moved).toBe(false);
    expect(missed(made({}).item, at(NOW + DAY_MS)).moved).toBe(false);
  });

  it('is not needed for the reconciler to see that it is too late', () => {
    const { item } = made({ expiresAfter: 'PT10S' });
    expect(stepped(item, check(item, at(NOW + HOUR_MS)))).toMatchObject({ status: 'FAILED', statusReason: 'expired' });
  });
});
