/**
 * A receiver that fails first, that asks for time, that is gone: what is tried again, when, and
 * what never is.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../kit/client.ts';
import type { Rule } from '../../kit/receiver.ts';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import type { Service } from '../service.ts';
import { type DeadLetter, LETTERS, NOTIFICATIONS, type Notification, type RedriveJob } from '../shapes.ts';
import { expectSameMessage, expectWebhook, nextAttemptOf, sendTo } from './delivering.ts';

const check = inGroup('retries');
const needs = ['receiver'] as const;

const WAIT_MAX_MS = 20_000;
const QUIET_MS = 2_000;
const RETRY_AFTER_SECONDS = 9;
const DEAD = 3;
/** To be there between two attempts: on a slow machine the 5 s between them may be too short. */
const TRIES = 3;
const AGAIN = { needs, timeoutMs: 90_000 };

/** Answers the first times with this status, then 200. */
const failing = (times: number, status: number | { status: number; headers: Record<string, string> }) => {
  let calls = 0;
  return () => {
    calls += 1;
    return calls > times ? 200 : status;
  };
};
/**
 * A notification as it is between its first attempt and its second; one that was not seen there is
 * followed by another.
 */
const sendAndMeet = async (service: Service, rule: () => Rule, tries = TRIES): Promise<Notification> => {
  const { id } = await sendTo(service, rule());
  const met = await service.untilIs(id, ({ attempts }) => attempts.length > 0);
  const isPast = met.attempts.length > 1 || met.status === 'SENDING';
  if (isPast && tries > 1) return sendAndMeet(service, rule, tries - 1);
  equal(met.status, 'RETRYING');
  return met;
};
const stop = ({ api }: Service, id: string) => api<Notification>('POST', `${NOTIFICATIONS}${id}/stop`);
const lettersOf = async ({ api, type }: Service): Promise<DeadLetter[]> => {
  const query = new URLSearchParams({ kind: 'delivery', notification_type: type, limit: '100' });
  const answer = await api<DeadLetter[]>('GET', `${LETTERS}?${query}`);
  expectStatus(answer, 200, 'GET /dead-letters/');
  return answer.body;
};

export const retries = [
  check(
    'a receiver that fails first gets the same message again, after the delay and not before',
    AGAIN,
    async (service) => {
      const failed = await sendAndMeet(service, () => failing(1, 503));
      const { id } = failed;
      deepEqual([failed.channels.webhook?.state, failed.channels.webhook?.last_error], ['retrying', 'http_503']);
      const next = nextAttemptOf(service, failed, WAIT_MAX_MS);
      const sent = await service.untilIs(id, 'SENT', { deadlineMs: WAIT_MAX_MS + 15_000 });
      deepEqual(
        sent.attempts.map(({ number, outcome }) => [number, outcome]),
        [
          [1, 'retry'],
          [2, 'sent'],
        ],
      );
      ok(Date.parse(sent.attempts[1]?.started_at ?? '') >= next, 'the second attempt began before next_attempt_at');
      const received = service.receiver.of(id);
      equal(received.length, 2);
      expectSameMessage(received);
      for (const one of received) expectWebhook(service, sent, one);
    },
  ),

  check('Retry-After is kept', AGAIN, async (service) => {
    const headers = { 'retry-after': `${RETRY_AFTER_SECONDS}` };
    const failed = await sendAndMeet(service, () => failing(1, { status: 429, headers }));
    const next = nextAttemptOf(service, failed, WAIT_MAX_MS);
    const waitMs = next - Date.parse(failed.attempts[0]?.finished_at ?? '');
    ok(
      waitMs >= RETRY_AFTER_SECONDS * 1_000 - 50,
      `next attempt after ${waitMs} ms though asked for ${RETRY_AFTER_SECONDS} s`,
    );
    await service.untilIs(failed.id, 'SENT', { deadlineMs: WAIT_MAX_MS + 15_000 });
  }),

  check('a redirect is not followed', { needs }, async (service) => {
    const elsewhere = `/${service.tag}/elsewhere`;
    const { id } = await sendTo(service, { status: 302, headers: { location: service.receiver.url(elsewhere) } });
    const failed = await service.untilIs(id, ({ attempts }) => attempts.length > 0);
    equal(failed.status, 'FAILED');
    equal(service.receiver.received(elsewhere).length, 0, 'it went where the redirect pointed');
  }),

  check(
    'stopped while it is retried: FAILED, nothing arrives any more, and it is no dead letter',
    AGAIN,
    async (service) => {
      const meetAndStop = async (
        tries = TRIES,
      ): Promise<{ id: string; next: number; stopped: Answer<Notification> }> => {
        const failed = await sendAndMeet(service, () => 503);
        const next = nextAttemptOf(service, failed, WAIT_MAX_MS);
        const stopped = await stop(service, failed.id);
        const isLate = service.now() + service.uncertaintyMs() >= next;
        return isLate && tries > 1 ? meetAndStop(tries - 1) : { id: failed.id, next, stopped };
      };
      const { id, next, stopped } = await meetAndStop();
      const { status, body } = stopped;
      deepEqual([status, body.status, body.channels.webhook?.state], [200, 'FAILED', 'stopped']);
      await sleep(Math.max(0, next - service.now()) + QUIET_MS);
      equal(service.receiver.of(id).length, 1, 'it was tried again');
      deepEqual(await lettersOf(service), []);
    },
  ),

  check('410 is final: FAILED at once; retry sends the same message again', { needs }, async (service) => {
    const { id } = await sendTo(service, failing(1, 410));
    const failed = await service.untilIs(id, 'FAILED');
    deepEqual([failed.attempts.length, failed.channels.webhook?.last_error], [1, 'http_410']);
    const retried = await service.api<Notification>('POST', `${NOTIFICATIONS}${id}/retry`);
    expectStatus(retried, 202, 'retry');
    const sent = await service.untilIs(id, 'SENT');
    equal(sent.channels.webhook?.attempts, 2);
    const received = service.receiver.of(id);
    equal(received.length, 2);
    expectSameMessage(received);
    expectProblem(await service.api('POST', `${NOTIFICATIONS}${id}/retry`), 'not-failed');
  }),

  check(
    'what is dead is listed and says why; a redrive brings each back, once',
    { needs, timeoutMs: 90_000 },
    async (service) => {
      const rules = Array.from({ length: DEAD }, () => failing(1, 410));
      const made = await Promise.all(rules.map((rule) => sendTo(service, rule)));
      for (const { id } of made) await service.untilIs(id, 'FAILED');
      const letters = await service.until('all are listed', async () => {
        const found = await lettersOf(service);
        return found.length >= DEAD && found;
      });
      deepEqual(letters.map(({ notification_id }) => notification_id).sort(), made.map(({ id }) => id).sort());
      for (const { kind, reason, attempts } of letters)
        deepEqual([kind, reason, attempts], ['delivery', 'http_410', 1]);

      const filter = { kind: 'delivery', notification_type: service.type };
      const dry = await service.api('POST', `${LETTERS}redrive`, { ...filter, dry_run: true });
      deepEqual([dry.status, dry.body], [200, { matched: DEAD }]);
      const ordered = await service.api<RedriveJob>('POST', `${LETTERS}redrive`, { ...filter, per_second: 100 });
      deepEqual([ordered.status, ordered.body.matched], [202, DEAD], ordered.text);
      match(ordered.body.job_id, /^\S+$/);
      const done = await service.until('the job is done', async () => {
        const { body } = await service.api<RedriveJob>('GET', `${LETTERS}redrive/${ordered.body.job_id}`);
        return body.status === 'DONE' && body;
      });
      deepEqual([done.matched, done.redriven, done.skipped, done.failed], [DEAD, DEAD, 0, 0]);
      for (const { id } of made) {
        await service.untilIs(id, 'SENT');
        const received = service.receiver.of(id);
        equal(received.length, 2, `${id}: the first, and one redrive`);
        expectSameMessage(received);
      }
      await service.until('none is listed', async () => (await lettersOf(service)).length === 0);
    },
  ),

  check('a redrive of nothing matches nothing; a job that is none is 404', async (service) => {
    const filter = { kind: 'delivery', notification_type: service.type };
    const dry = await service.api('POST', `${LETTERS}redrive`, { ...filter, dry_run: true });
    deepEqual([dry.status, dry.body], [200, { matched: 0 }]);
    expectProblem(await service.api('GET', `${LETTERS}redrive/job_none`), 'not-found');
    const bad = await service.api('POST', `${LETTERS}redrive`, { ...filter, dry_run: true, per_second: 0 });
    expectProblem(bad, 'validation-failed', ['/per_second']);
  }),
];
