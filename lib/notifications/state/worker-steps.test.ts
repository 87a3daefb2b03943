import { describe, expect, it } from 'vitest';
import {
  at,
  claim,
  created,
  finished,
  HOPELESS,
  moved,
  NOW,
  POLICY,
  RETRY,
  SENT,
  states,
} from '../../testing/states.ts';
import type { Notification } from '../notification.ts';
import { type AttemptResult, check, finish, returned, waitsUntil } from './worker-steps.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('finish', () => {
  it('is refused to a lease that is not the item’s', () => {
    expect(finish(states.SENDING(), 'another lease', {}, at())).toBeUndefined();
    expect(finish(states.RETRYING(), 'a lease that ended', {}, at())).toBeUndefined();
  });

  it('keeps one channel’s Retry-After whatever the other does', () => {
    let item = finished(claim(created().next), { email: RETRY, sms: { ...RETRY, retryAfterMs: HOUR_MS } });
    expect(item.dueAt).toBe(NOW + 5_000);
    item = finished(claim(item, item.dueAt), { email: RETRY }, item.dueAt);
    expect(item.channels.sms).toMatchObject({ attempts: 1, nextAttemptAt: NOW + HOUR_MS });
    expect(item.dueAt).toBe(NOW + 5_000 + 300_000);
    item = finished(claim(item, item.dueAt), { email: SENT }, item.dueAt);
    expect(item).toMatchObject({ status: 'RETRYING', dueAt: NOW + HOUR_MS });
  });

  it('honours a Retry-After up to 24 hours', () => {
    const item = finished(claim(created().next), { email: { ...RETRY, retryAfterMs: 7 * DAY_MS }, sms: SENT });
    expect(item.dueAt).toBe(NOW + DAY_MS);
  });

  it('moves timer_seq with the next attempt alone', () => {
    expect(states.RETRYING().timerSeq).toBe(2);
    expect(states.SENT().timerSeq).toBe(1);
    expect(states.FAILED().timerSeq).toBe(1);
  });
});

describe('what a disabled endpoint was to get', () => {
  const both = () => claim(created(NOW, { email: 'a@example.com', webhook: `end_${'1'.repeat(26)}` }).next);
  const until = (item: Notification, email: AttemptResult['result'], on = NOW) =>
    waitsUntil(item, { email: { startedAt: on, finishedAt: on, result: email } }, at(on));

  it('waits for the next attempt on another channel, but not longer than half an hour', () => {
    expect(until(both(), RETRY)).toBe(NOW + 5_000);
    expect(until(both(), { ...RETRY, retryAfterMs: HOUR_MS })).toBe(NOW + HOUR_MS / 2);
  });

  it('ends when nothing else is open', () => {
    for (const email of [SENT, HOPELESS]) expect(until(both(), email)).toBeUndefined();
    expect(waitsUntil(claim(created(NOW, { webhook: 'https://x.example/' }).next), {}, at())).toBeUndefined();
  });
});

describe('the reconciler’s look', () => {
  const looked = (item: Notification, now: number) => {
    const step = check(item, at(now));
    return { step, in: (step.next.nextCheckAt ?? 0) - now };
  };

  it('comes 2 minutes after creation for what needs an entry, else a grace after it was due', () => {
    expect(created(NOW + HOUR_MS).next.nextCheckAt).toBe(NOW + 2 * MINUTE_MS);
    expect(created(NOW + MINUTE_MS).next.nextCheckAt).toBe(NOW + MINUTE_MS + POLICY.graceMs);
    expect(states.RETRYING().nextCheckAt).toBe(NOW + 5_000 + POLICY.graceMs);
  });

  it('does nothing before its time, and nothing to what has ended', () => {
    const item = created().next;
    expect(check(item, at((item.nextCheckAt ?? 0) - 1)).moved).toBe(false);
    for (const state of ['SENT', 'FAILED', 'CANCELED'] as const)
      expect(check(states[state](), at(NOW + DAY_MS)).moved).toBe(false);
  });

  it('sends the timer again and backs off up to 10 minutes, without a word to clients', () => {
    let item = created().next;
    const waits: number[] = [];
    for (let pass = 0; pass < 6; pass += 1) {
      const { step, in: wait } = looked(item, item.nextCheckAt ?? 0);
      expect(step.effects).toEqual([{ do: 'arm', timer: { id: item.id, tenant: item.tenant, seq: 1, due: NOW } }]);
      expect(step.next.version).toBe(1);
      expect(step.next.updatedAt).toBe(NOW);
      waits.push(wait / MINUTE_MS);
      item = step.next;
    }
    expect(waits).toEqual([1, 2, 4, 8, 10, 10]);
  });

  it('never backs off past the time at which a claim would be missed', () => {
    const due = NOW + 16 * MINUTE_MS;
    let item = created(due).next;
    while ((item.nextCheckAt ?? 0) < due) item = looked(item, item.nextCheckAt ?? 0).step.next;
    expect(item.nextCheckAt).toBe(due + POLICY.graceMs);
  });

  it('leaves what has an entry alone until it is due, once it was looked at', () => {
    const due = NOW + 3650 * DAY_MS;
    const item: Notification = { ...created(due).next, status: 'SCHEDULED', nextCheckAt: NOW };
    expect(looked(item, NOW).step.next.nextCheckAt).toBe(due + POLICY.graceMs);
  });

  it('waits for the end of a live lease and sends nothing', () => {
    const item = { ...states.SENDING(), nextCheckAt: NOW };
    const { step, in: wait } = looked(item, NOW + 1_000);
    expect(step.effects).toEqual([]);
    expect(wait).toBe(24_000 + 5_000 + 1);
    expect(check(step.next, at(step.next.nextCheckAt ?? 0)).next.attempts).toHaveLength(2);
  });
});

describe('what the dead-letter queue gives back', () => {
  it('backs off up to an hour and at the tenth time ends FAILED, listed and retriable', () => {
    const later = NOW + DAY_MS;
    let item = created().next;
    const waits: number[] = [];
    for (let times = 1; times < 10; times += 1) {
      item = moved(returned(item, { seq: 1 }, at(later)));
      waits.push(((item.nextCheckAt ?? 0) - later) / MINUTE_MS);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60]);
    item = moved(returned(item, { seq: 1 }, at()));
    expect(item).toMatchObject({ status: 'FAILED', firstFailedAt: NOW, returns: 10 });
    expect(item.channels.email).toMatchObject({ state: 'failed', lastError: 'unprocessable' });
  });

  it('says nothing about an item that has moved on or ended', () => {
    expect(returned(states.RETRYING(), { seq: 1 }, at()).moved).toBe(false);
    expect(returned(states.SENT(), { seq: 1 }, at()).moved).toBe(false);
  });

  it('neither ends what a lease holds nor puts off the look at its end', () => {
    const item = { ...states.SENDING(), returns: 9 };
    const step = returned(item, { seq: 1 }, at());
    expect(step.next).toMatchObject({ status: 'SENDING', returns: 10, nextCheckAt: item.nextCheckAt });
  });

  it('is forgotten by progress', () => {
    const item = moved(returned(created().next, { seq: 1 }, at()));
    expect(finished(claim(item), { email: RETRY, sms: SENT }).returns).toBe(0);
  });
});
