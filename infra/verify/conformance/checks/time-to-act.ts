/** When a notification may go out: its window, and its expiry. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { inGroup } from '../check.ts';
import { expectProblem, expectStatus } from '../expect.ts';
import type { Service } from '../service.ts';
import { type DeadLetter, LETTERS, NOTIFICATIONS, type Notification, type RedriveJob } from '../shapes.ts';
import { sendTo } from './delivering.ts';

const check = inGroup('time to act');
const HOUR_MS = 3_600_000;

/** In UTC, from and until these hours from now. */
const windowIn = (service: Service, from: number, until: number) => {
  const timeOfDay = (hours: number): string => service.at(hours * HOUR_MS).slice(11, 16);
  return { from: timeOfDay(from), until: timeOfDay(until) };
};
const soon = (service: Service) => ({ send_at: service.at(HOUR_MS) });

export const timeToAct = [
  check('outside its window it waits for the opening, and says until when and why', async (service) => {
    const window = { ...windowIn(service, 2, 4), timezone: 'Etc/UTC' };
    const made = await service.create({ ...soon(service), window });
    deepEqual([made.window, made.deferred_by], [window, 'window']);
    const opens = new Date(made.deferred_to ?? 0);
    equal(opens.toISOString().slice(11), `${window.from}:00.000Z`);
    ok(Math.abs(opens.getTime() - service.now() - 2 * HOUR_MS) < 2 * 60_000, `it waits until ${opens.toISOString()}`);
    equal(made.channels.email?.next_attempt_at, made.deferred_to);
    const canceled = await service.api<Notification>('DELETE', `${NOTIFICATIONS}${made.id}`);
    deepEqual([canceled.status, canceled.body.status], [200, 'CANCELED']);
  }),

  check('inside its window it is sent at once', { needs: ['receiver'] }, async (service) => {
    const { id, deferred_to } = await sendTo(service, 200, { window: windowIn(service, -1, 2), expires_after: 'PT1H' });
    equal(deferred_to, undefined);
    await service.untilIs(id, 'SENT');
  }),

  check('outside a window that drops it is created CANCELED', async (service) => {
    const made = await service.create({ ...soon(service), window: { ...windowIn(service, 2, 4), outside: 'drop' } });
    deepEqual([made.status, made.status_reason, made.channels.email?.state], ['CANCELED', 'window', 'stopped']);
  }),

  check('one that would expire before its window opens is a 400 that names the field', async (service) => {
    const body = { notification_type: service.type, entity_id: service.tag, email: 'user@example.com', body: 'Hello' };
    const bounds = { window: windowIn(service, 3, 4), expires_after: 'PT1H' };
    const answer = await service.api('POST', NOTIFICATIONS, { ...body, ...soon(service), ...bounds });
    expectProblem(answer, 'validation-failed', ['/expires_after']);
    const { body: made } = await service.api<Notification[]>('GET', `${NOTIFICATIONS}?entity_id=${service.tag}`);
    deepEqual(made, [], 'it was stored');
  }),

  check(
    'what expires before its next attempt is a dead letter that nothing brings back',
    { needs: ['receiver'], timeoutMs: 90_000 },
    async (service) => {
      const { id } = await sendTo(service, 503, { expires_after: 'PT3S' });
      const failed = await service.untilIs(id, 'FAILED');
      const { state, last_error } = failed.channels.webhook ?? {};
      deepEqual([failed.status_reason, state, last_error], ['expired', 'failed', 'expired']);
      for (const { started_at } of failed.attempts)
        ok(Date.parse(started_at) - Date.parse(failed.send_at) < 3_000, `an attempt began at ${started_at}`);
      expectProblem(await service.api('DELETE', `${NOTIFICATIONS}${id}`), 'already-ended');
      expectProblem(await service.api('POST', `${NOTIFICATIONS}${id}/retry`), 'already-ended');

      const filter = { kind: 'delivery', notification_type: service.type };
      const [letter] = await service.until('it is listed', async () => {
        const found = await service.api<DeadLetter[]>('GET', `${LETTERS}?${new URLSearchParams(filter)}`);
        return found.body.length > 0 && found.body;
      });
      deepEqual([letter?.notification_id, letter?.reason], [id, 'expired']);
      const ordered = await service.api<RedriveJob>('POST', `${LETTERS}redrive`, filter);
      expectStatus(ordered, 202, 'redrive');
      const done = await service.until('the job is done', async () => {
        const { body } = await service.api<RedriveJob>('GET', `${LETTERS}redrive/${ordered.body.job_id}`);
        return body.status === 'DONE' && body;
      });
      deepEqual([done.matched, done.redriven, done.skipped, done.failed], [1, 0, 1, 0]);
    },
  ),
];
