/** Window and expiry in the state machine: what a claim leaves, what has expired, a retry, a new due time. */
import { describe, expect, it } from 'vitest';
import { at, claim, finished, HOPELESS, moved, NOW, RETRY, SENT } from '../../testing/states.ts';
import type { Notification } from '../notification.ts';
import { viewNotification } from '../view.ts';
import type { Window } from '../window.ts';
import {
  type Bounds,
  DAY_MS,
  drop,
  HOUR_MS,
  LATER,
  LUNCH,
  late,
  MINUTE_MS,
  made,
  reschedule,
  stepped,
} from './bounded.testing.ts';
import { cancel, retry, stop } from './client-commands.ts';
import { finish, returned, takeOver, waitsUntil } from './worker-steps.ts';

describe('what a claim leaves', () => {
  const both = (bounds: Bounds) => claim(made(bounds).item);

  it('waits for its window when its next attempt would be outside', () => {
    const window: Window = { from: '11:00', until: '12:04' };
    const first = finished(both({ window }), { email: SENT, sms: RETRY });
    expect(first).toMatchObject({ dueAt: NOW + 5_000, closesAt: NOW + 4 * MINUTE_MS });
    const again = finished(claim(first, first.dueAt), { sms: RETRY }, first.dueAt);
    expect(again).toMatchObject({ status: 'RETRYING', dueAt: NOW + 23 * HOUR_MS, timerSeq: 3 });
    expect(again.channels.sms).toMatchObject({ attempts: 2, lastError: 'window' });
    expect(again.attempts.at(-1)).toMatchObject({ outcome: 'retry', error: 'http_503' });
    const sent = finished(claim(again, again.dueAt), { sms: SENT }, again.dueAt);
    expect(sent.attempts.at(-1)).toMatchObject({ number: 3, latenessMs: 0 });
  });

  it('ends `expired` when its next attempt would be too late, and the other channel goes on', () => {
    const results = { email: { ...RETRY, retryAfterMs: HOUR_MS }, sms: RETRY };
    const item = finished(both({ expiresAfter: 'PT1H' }), results);
    expect(item.channels).toMatchObject({ email: { state: 'failed', attempts: 1, lastError: 'expired' } });
    expect(item).toMatchObject({ status: 'RETRYING', dueAt: NOW + 5_000 });
    const sent = finished(claim(item, item.dueAt), { sms: SENT }, item.dueAt);
    expect(sent).toMatchObject({ status: 'FAILED', statusReason: 'expired', channels: { sms: { state: 'sent' } } });
  });

  it('is stopped when its next attempt would be outside a window that drops', () => {
    const window = drop({ from: '11:00', until: '12:01' });
    const item = finished(both({ window }), { email: SENT, sms: { ...RETRY, retryAfterMs: HOUR_MS } });
    expect(item).toMatchObject({ status: 'FAILED', statusReason: 'window' });
    expect(item.channels.sms).toMatchObject({ state: 'stopped', attempts: 1, lastError: 'window' });
  });

  it('keeps what it ended with when that came first', () => {
    const item = finished(both({ expiresAfter: 'PT1H' }), { email: HOPELESS, sms: HOPELESS });
    expect(item.channels.email).toMatchObject({ state: 'failed', lastError: 'http_410' });
    expect(item).not.toHaveProperty('statusReason');
  });

  it('was too late for its send: no attempt, nothing lost of its schedule', () => {
    const held = both({ window: LUNCH });
    const closed = NOW + HOUR_MS;
    const result = { outcome: 'deferred' as const, error: 'window' as const, until: closed };
    const item = finished(held, { email: result, sms: result }, closed);
    expect(item).toMatchObject({ status: 'RETRYING', attempts: [], dueAt: NOW + 23 * HOUR_MS });
    expect(item.channels.email).toMatchObject({ attempts: 0, roundFrom: 0, lastError: 'window' });
    const expired = { ...result, error: 'expired' as const, until: NOW + 5 * MINUTE_MS };
    const ended = finished(both({ expiresAfter: 'PT5M' }), { email: expired, sms: expired }, expired.until);
    expect(ended).toMatchObject({ status: 'FAILED', statusReason: 'expired', attempts: [] });
  });

  it('was put off by the limits of its receiver beyond its window, and keeps its place there', () => {
    const until = NOW + 2 * HOUR_MS;
    const result = { outcome: 'deferred' as const, error: 'rate_limited' as const, until, slotAt: until };
    const item = finished(both({ window: LUNCH }), { email: result, sms: SENT });
    expect(item.channels.email).toMatchObject({
      nextAttemptAt: NOW + 23 * HOUR_MS,
      slotAt: until,
      lastError: 'window',
    });
  });

  it('of a lost worker is taken over into its window, or ends', () => {
    const takenOver = (bounds: Bounds) => {
      const held = both(bounds);
      const now = NOW + HOUR_MS;
      return stepped(held, takeOver(held, at(now)));
    };
    expect(takenOver({ window: LUNCH })).toMatchObject({ status: 'RETRYING', dueAt: NOW + 23 * HOUR_MS });
    expect(takenOver({ expiresAfter: 'PT10M' })).toMatchObject({ status: 'FAILED', statusReason: 'expired' });
    expect(takenOver({ window: drop(LUNCH) })).toMatchObject({ status: 'FAILED', statusReason: 'window' });
    expect(takenOver({ window: LUNCH }).attempts).toMatchObject([{ outcome: 'unknown' }, { outcome: 'unknown' }]);
  });

  it('moves a channel that became due in a window that has closed meanwhile', () => {
    const item = made({ window: LUNCH }).item;
    const first = finished(claim(item), { email: { ...RETRY, retryAfterMs: 59 * MINUTE_MS }, sms: RETRY });
    const held = claim(first, first.dueAt);
    const after = finished(held, { sms: SENT }, NOW + HOUR_MS);
    expect(after).toMatchObject({ dueAt: NOW + 23 * HOUR_MS, closesAt: NOW + 25 * HOUR_MS });
  });

  it('is the time for which a disabled endpoint waits, in the window', () => {
    const item = claim(made({ window: LUNCH }, NOW, { email: 'a@b.c', webhook: `end_${'1'.repeat(26)}` }).item);
    const email = { startedAt: NOW, finishedAt: NOW, result: { ...RETRY, retryAfterMs: 2 * HOUR_MS } };
    expect(waitsUntil(item, { email }, at())).toBe(NOW + 30 * MINUTE_MS);
    const expiring = { ...item, window: undefined, expiresAfter: 'PT1H' } as never;
    expect(waitsUntil(expiring, { email }, at()), 'nothing else is open').toBeUndefined();
  });
});

describe('what has expired', () => {
  const expired = (claimed: boolean): Notification => {
    if (!claimed) return late(made({ expiresAfter: 'PT10M' }).item, NOW + HOUR_MS);
    const retryAfterMs = HOUR_MS;
    const results = { email: { ...RETRY, retryAfterMs }, sms: { ...RETRY, retryAfterMs } };
    return finished(claim(made({ expiresAfter: 'PT10M' }).item), results);
  };

  it.each([false, true])('can be neither canceled, retried, redriven nor stopped (claimed: %s)', (claimed) => {
    for (const now of [NOW + MINUTE_MS, NOW + DAY_MS]) {
      const answers = [
        cancel(expired(claimed), at(now)),
        retry(expired(claimed), at(now)),
        retry(expired(claimed), at(now), { redrive: true }),
        stop(expired(claimed), at(now)),
      ];
      expect(answers).toMatchObject(answers.map(() => ({ refused: 'already-ended' })));
    }
  });

  it('lets another channel be retried while there is time', () => {
    const results = { email: { ...RETRY, retryAfterMs: HOUR_MS }, sms: HOPELESS };
    const item = finished(claim(made({ expiresAfter: 'PT1H' }).item), results);
    expect(item).not.toHaveProperty('statusReason');
    const again = stepped(item, retry(item, at(NOW + MINUTE_MS)));
    expect(again.channels).toMatchObject({ email: { state: 'failed' }, sms: { state: 'retrying' } });
    expect(retry(item, at(NOW + HOUR_MS))).toEqual({ refused: 'already-ended', because: 'expired' });
  });

  it('is also what failed otherwise, once its time is over', () => {
    const item = finished(claim(made({ expiresAfter: 'PT1H' }).item), { email: HOPELESS, sms: SENT });
    expect(retry(item, at(NOW + HOUR_MS - 1))).toMatchObject({ moved: true });
    expect(retry(item, at(NOW + HOUR_MS))).toEqual({ refused: 'already-ended', because: 'expired' });
    expect(cancel(item, at())).toEqual({ refused: 'already-attempted' });
  });
});

describe('a retry', () => {
  const failed = (window: Window) => finished(claim(made({ window }).item), { email: HOPELESS, sms: SENT });

  it('waits for the window', () => {
    const item = failed(LUNCH);
    const next = stepped(item, retry(item, at(NOW + 2 * HOUR_MS)));
    expect(next).toMatchObject({ status: 'RETRYING', dueAt: NOW + 23 * HOUR_MS, closesAt: NOW + 25 * HOUR_MS });
    expect(next.channels.email).toMatchObject({ state: 'retrying', lastError: 'window', roundFrom: 1 });
  });

  it('outside a window that drops is refused, and works within', () => {
    const item = failed(drop(LUNCH));
    expect(retry(item, at(NOW + 2 * HOUR_MS))).toEqual({ refused: 'already-ended', because: 'window' });
    expect(stepped(item, retry(item, at(NOW + DAY_MS)))).toMatchObject({ status: 'RETRYING', dueAt: NOW + DAY_MS });
  });

  it('of what was unprocessable waits for it too, and can be canceled', () => {
    let item = made({ window: LUNCH }).item;
    for (let times = 0; times < 10; times += 1) item = moved(returned(item, { seq: item.timerSeq }, at()));
    const next = stepped(item, retry(item, at(NOW + 2 * HOUR_MS)));
    expect(next).toMatchObject({ status: 'PENDING', dueAt: NOW + 23 * HOUR_MS });
    expect(moved(cancel(next, at())).status).toBe('CANCELED');
  });
});

describe('a reschedule', () => {
  it('moves its expiry, and waits for its window again', () => {
    const { item } = made({ window: LATER, expiresAfter: 'PT90M' });
    const sendAt = NOW + 2 * HOUR_MS;
    const next = reschedule(item, sendAt);
    expect(next).toMatchObject({ dueAt: sendAt, closesAt: NOW + 3 * HOUR_MS, timerSeq: 2, status: 'PENDING' });
    expect(next.channels.email).not.toHaveProperty('lastError');
    expect(viewNotification(next)).not.toHaveProperty('deferred_to');
    const earlier = reschedule(item, NOW + 59 * MINUTE_MS);
    expect(earlier).toMatchObject({ dueAt: NOW + HOUR_MS, closesAt: NOW + 149 * MINUTE_MS });
  });

  it('to a time outside a window that drops cancels it', () => {
    const { item } = made({ window: drop(LUNCH) });
    const next = reschedule(item, NOW + 2 * HOUR_MS);
    expect(next).toMatchObject({ status: 'CANCELED', statusReason: 'window' });
  });
});

describe('stopped by the client', () => {
  it('while its window defers it, its end is no work of the window', () => {
    const window: Window = { from: '11:00', until: '12:01' };
    const item = finished(claim(made({ window }).item), { email: SENT, sms: { ...RETRY, retryAfterMs: HOUR_MS } });
    const ended = stepped(item, stop(item, at()));
    expect(ended).toMatchObject({ status: 'FAILED', channels: { sms: { state: 'stopped' } } });
    expect(ended).not.toHaveProperty('statusReason');
    const held = claim(made({ window }).item);
    const stopped = stepped(held, stop(held, at()));
    const results = { email: { outcome: 'deferred' as const, error: 'window' as const, until: NOW + HOUR_MS } };
    const attempts = {
      email: { startedAt: NOW, finishedAt: NOW, result: results.email },
      sms: { startedAt: NOW, finishedAt: NOW, result: SENT },
    };
    expect(moved(finish(stopped, held.lease?.id ?? '', attempts, at(NOW + HOUR_MS)))).not.toHaveProperty(
      'statusReason',
    );
  });
});
