import { describe, expect, it } from 'vitest';
import { checkRecord } from '../../testing/laws.ts';
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
  type State,
  states,
} from '../../testing/states.ts';
import { ATTEMPTS_KEPT } from '../attempt.ts';
import type { Notification } from '../notification.ts';
import { viewNotification } from '../view.ts';
import type { Refused, Step } from './client-commands.ts';
import { cancel, edit, retry, stop } from './client-commands.ts';
import { check, takeOver } from './worker-steps.ts';

const DAY_MS = 86_400_000;

const patch = (item: Notification): Step | Refused =>
  edit(
    item,
    { item, time: { timing: { send_at: new Date(NOW + DAY_MS).toISOString() }, due: { sendAt: NOW + DAY_MS } } },
    at(),
  );

const commands = {
  PATCH: patch,
  DELETE: (item: Notification) => cancel(item, at()),
  stop: (item: Notification) => stop(item, at()),
  retry: (item: Notification) => retry(item, at()),
};

const answerOf = (step: Step | Refused): string =>
  'refused' in step ? step.refused : step.moved ? `200 ${step.next.status}` : `200 again ${step.next.status}`;

const attempted = 'already-attempted';
/** The table of the API's contract, state by state, and what ended without ever having been claimed. */
const table: Record<State, Record<keyof typeof commands, string>> = {
  PENDING: { PATCH: '200 PENDING', DELETE: '200 CANCELED', stop: '200 CANCELED', retry: 'not-failed' },
  SCHEDULED: { PATCH: '200 PENDING', DELETE: '200 CANCELED', stop: '200 CANCELED', retry: 'not-failed' },
  SENDING: { PATCH: attempted, DELETE: attempted, stop: '200 SENDING', retry: 'not-failed' },
  'SENDING, stopped': { PATCH: attempted, DELETE: attempted, stop: '200 again SENDING', retry: 'not-failed' },
  RETRYING: { PATCH: attempted, DELETE: attempted, stop: '200 FAILED', retry: 'not-failed' },
  'RETRYING, put off': { PATCH: attempted, DELETE: attempted, stop: '200 FAILED', retry: 'not-failed' },
  SENT: { PATCH: attempted, DELETE: attempted, stop: 'already-ended', retry: 'not-failed' },
  'SENT, stopped while in flight': { PATCH: attempted, DELETE: attempted, stop: 'already-ended', retry: 'not-failed' },
  FAILED: { PATCH: attempted, DELETE: attempted, stop: 'already-ended', retry: '200 RETRYING' },
  'FAILED, not allowed': { PATCH: attempted, DELETE: attempted, stop: 'already-ended', retry: 'not-failed' },
  'FAILED by stop': { PATCH: attempted, DELETE: attempted, stop: '200 again FAILED', retry: 'not-failed' },
  'FAILED, unprocessable': {
    PATCH: 'already-ended',
    DELETE: '200 CANCELED',
    stop: '200 CANCELED',
    retry: '200 PENDING',
  },
  CANCELED: { PATCH: 'already-ended', DELETE: '200 again CANCELED', stop: '200 again CANCELED', retry: 'not-failed' },
};

describe('what a command may do in which state', () => {
  for (const [state, answers] of Object.entries(table) as [State, (typeof table)[State]][]) {
    for (const [command, answer] of Object.entries(answers) as [keyof typeof commands, string][]) {
      it(`${command} on ${state} is ${answer}`, () => {
        const item = states[state]();
        checkRecord(item);
        const step = commands[command](item);
        expect(answerOf(step)).toBe(answer);
        if ('next' in step) checkRecord(step.next);
      });
    }
  }

  it('moves version and timer_seq by one on every command that does something, and by nothing else', () => {
    for (const state of Object.keys(table) as State[]) {
      for (const command of Object.values(commands)) {
        const item = states[state]();
        const step = command(item);
        if ('refused' in step) continue;
        const expected = step.moved ? [item.version + 1, item.timerSeq + 1] : [item.version, item.timerSeq];
        expect([step.next.version, step.next.timerSeq]).toEqual(expected);
      }
    }
  });
});

describe('reschedule', () => {
  it('sets the status back to PENDING, clears the old entry and arms the new time', () => {
    const item = states.SCHEDULED();
    const step = patch(item);
    if ('refused' in step) throw new Error(step.refused);
    expect(step.next).toMatchObject({ status: 'PENDING', dueAt: NOW + DAY_MS, sendAt: NOW + DAY_MS });
    expect(step.effects).toEqual([
      { do: 'disarm', timer: { id: item.id, tenant: item.tenant, seq: item.timerSeq } },
      { do: 'arm', timer: { id: item.id, tenant: item.tenant, seq: item.timerSeq + 1, due: NOW + DAY_MS } },
    ]);
  });
});

describe('stop', () => {
  it('lets what is in flight finish, and stops what is not', () => {
    const later = finished(claim(created().next), { email: RETRY, sms: { ...RETRY, retryAfterMs: DAY_MS } });
    const step = stop(claim(later, later.dueAt), at(later.dueAt));
    const held = moved(step);
    expect(viewNotification(held).channels).toMatchObject({ email: { state: 'sending' }, sms: { state: 'stopped' } });
    expect(finished(held, { email: SENT }, later.dueAt)).toMatchObject({
      status: 'FAILED',
      channels: { email: { state: 'sent' } },
    });
  });

  it('makes of a failed try a stopped channel, without a timer', () => {
    const item = finished(states['SENDING, stopped'](), { email: RETRY, sms: SENT });
    expect(item).toMatchObject({ status: 'FAILED', channels: { email: { state: 'stopped' }, sms: { state: 'sent' } } });
    expect(item.attempts).toHaveLength(2);
  });

  it('closes a stopped item whose worker died, without a send', () => {
    const item = states['SENDING, stopped']();
    const late = NOW + 10 * 60_000;
    const step = check({ ...item, nextCheckAt: late }, at(late));
    expect(step).toMatchObject({ moved: true, next: { status: 'FAILED' }, effects: [] });
    expect(step.next.attempts.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  });
});

describe('retry', () => {
  it('changes failed channels alone, starts their schedule again, and reopens the record', () => {
    const item = moved(retry(states.FAILED(), at(NOW + DAY_MS)));
    expect(item).toMatchObject({ status: 'RETRYING', dueAt: NOW + DAY_MS, channels: { email: { state: 'sent' } } });
    expect(item.channels.sms).toMatchObject({
      state: 'retrying',
      attempts: 1,
      roundFrom: 1,
      nextAttemptAt: NOW + DAY_MS,
    });
    expect(item.expiresAt).toBeUndefined();
    let again = item;
    for (let left = 3; left > 0; left -= 1) {
      expect(again.status).toBe('RETRYING');
      again = finished(claim(again, again.dueAt), { sms: RETRY }, again.dueAt);
    }
    expect(again).toMatchObject({ status: 'FAILED', channels: { sms: { state: 'failed', attempts: 4 } } });
  });

  it('clears a stop, but wakes no stopped channel', () => {
    const half = moved(stop(finished(claim(created().next), { email: HOPELESS, sms: RETRY }), at()));
    const item = moved(retry(half, at()));
    expect(item.stoppedAt).toBeUndefined();
    expect(item.channels).toMatchObject({ email: { state: 'retrying' }, sms: { state: 'stopped' } });
  });
});

describe('a record', () => {
  it('keeps the last 50 attempts and counts them all', () => {
    let item = created(NOW, { email: 'a@example.com' }).next;
    for (let round = 1; round <= 60; round += 1) {
      item = finished(claim(item, item.dueAt), { email: HOPELESS }, item.dueAt);
      expect(item.attempts.at(-1)?.number).toBe(round);
      item = moved(retry(item, at(item.dueAt)));
    }
    expect(item.attempts).toHaveLength(ATTEMPTS_KEPT);
    expect(item.attempts[0]?.number).toBe(11);
    expect(item.channels.email?.attempts).toBe(60);
  });

  it('is kept for the retention after its end, and never less than 7 days after its creation', () => {
    expect(states.SENT().expiresAt).toBe((NOW + 30 * DAY_MS) / 1000);
    const short = { ...at(), policy: { ...POLICY, retentionMs: DAY_MS } };
    expect(moved(cancel(created().next, short)).expiresAt).toBe((NOW + 7 * DAY_MS) / 1000);
  });

  it('shows `sending` from claim to finish, and the attempt at finish', () => {
    const sending = viewNotification(states.SENDING());
    expect([sending.channels.email?.state, sending.attempts]).toEqual(['sending', []]);
    const retrying = viewNotification(states.RETRYING());
    expect([retrying.channels.sms?.state, retrying.attempts.length]).toEqual(['retrying', 2]);
  });
});

describe('a takeover', () => {
  it('waits for the lease and 5 s more', () => {
    const item = states.SENDING();
    const until = item.lease?.until ?? 0;
    expect(takeOver(item, at(until + 5_000))).toBeUndefined();
    expect(takeOver(item, at(until + 5_001))).toBeDefined();
  });

  it('counts against the schedule, so that what always crashes its worker ends FAILED', () => {
    let item = created().next;
    let claims = 0;
    for (; item.status !== 'FAILED'; claims += 1) {
      item = claim(item, item.dueAt);
      item = moved(takeOver(item, at((item.lease?.until ?? 0) + 5_001)));
    }
    expect(claims).toBe(3);
    expect(item.channels.email).toMatchObject({ state: 'failed', lastError: 'worker_lost', attempts: 3 });
  });
});
