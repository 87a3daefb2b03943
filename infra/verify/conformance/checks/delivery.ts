/**
 * From the due time to the receiver: once, on time, as announced; or never, when the cancel was
 * answered with 200.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../kit/client.ts';
import { inGroup } from '../check.ts';
import { expectProblem } from '../expect.ts';
import { DAY_MS, type Service } from '../service.ts';
import { NOTIFICATIONS, type Notification } from '../shapes.ts';
import { expectWebhook, sendTo } from './delivering.ts';

const check = inGroup('delivery');
const needs = ['receiver'] as const;

const NEAR_MS = 3_000;
/** Who commands so long before the due time, and is refused, was not too late. */
const LEAD_MAX_MS = 4 * NEAR_MS;
/** For checks that may have to begin again on a slow machine. */
const AGAIN = { needs, timeoutMs: 90_000 };
/** After a due time that must not count any more: long enough for whatever would still fire. */
const QUIET_MS = 3_000;
const RACED = 20;

const patch = ({ api }: Service, id: string, send_at: string) =>
  api<Notification>('PATCH', `${NOTIFICATIONS}${id}`, { send_at });

/**
 * Commands what is near. A 409 that comes after the due time may be the machine's slowness: then
 * again, with twice the lead.
 */
const commandNear = async (
  service: Service,
  command: (id: string) => Promise<Answer<Notification>>,
  leadMs = NEAR_MS,
): Promise<{ made: Notification; answer: Answer<Notification> }> => {
  const made = await sendTo(service, 200, { send_at: service.at(leadMs) });
  const answer = await command(made.id);
  const isLate = service.now() + service.uncertaintyMs() >= Date.parse(made.send_at);
  return answer.status === 409 && isLate && leadMs < LEAD_MAX_MS
    ? commandNear(service, command, leadMs * 2)
    : { made, answer };
};
const untilLongPast = ({ now, uncertaintyMs }: Service, { send_at }: Notification): Promise<void> =>
  sleep(Math.max(0, Date.parse(send_at) - now() + uncertaintyMs()) + QUIET_MS);

/** Not before its due time, as far as the two clocks can be compared. */
const expectNotEarly = (service: Service, n: Notification, offsetMs: number): void => {
  for (const { at } of service.receiver.of(n.id)) {
    const earlyMs = Date.parse(n.send_at) - (at + offsetMs);
    ok(earlyMs <= service.uncertaintyMs(), `${n.id} came ${Math.round(earlyMs)} ms before it was due`);
  }
};

export const delivery = [
  check(
    'due in 3 s it arrives once, not before, as a webhook, and is SENT with its attempt',
    { needs },
    async (service) => {
      const content = { subject: 'Conformance', body: 'Grüße {{name}}', data: { name: 'Ada' } };
      const made = await sendTo(service, 200, { send_at: service.at(NEAR_MS), ...content });
      const sent = await service.untilIs(made.id, 'SENT');
      const [received, ...more] = service.receiver.of(made.id);
      ok(received, 'SENT, and nothing arrived');
      equal(more.length, 0, 'it arrived more than once');
      expectWebhook(service, sent, received);
      expectNotEarly(service, sent, service.now() - Date.now());
      const [attempt] = sent.attempts;
      deepEqual(
        [sent.attempts.length, attempt?.channel, attempt?.number, attempt?.outcome, attempt?.http_status],
        [1, 'webhook', 1, 'sent', 200],
      );
      ok((attempt?.lateness_ms ?? -1) >= 0, `lateness ${attempt?.lateness_ms} ms`);
      deepEqual(sent.channels.webhook?.state, 'sent');
      ok(Date.parse(sent.sent_at ?? '') >= Date.parse(sent.send_at), `sent_at ${sent.sent_at}`);
    },
  ),

  check('bulk arrives once, and not before its due time', { needs }, async (service) => {
    const made = await sendTo(service, 200, { send_at: service.at(NEAR_MS), priority: 'bulk' });
    equal(made.priority, 'bulk');
    const sent = await service.untilIs(made.id, 'SENT');
    equal(service.receiver.of(made.id).length, 1, 'it arrived more than once');
    expectNotEarly(service, sent, service.now() - Date.now());
  }),

  check(
    'webhooks verify with the given secret, as Standard Webhooks has it',
    { needs: ['receiver', 'secret'] },
    async (service) => {
      const made = await sendTo(service, 200);
      await service.untilIs(made.id, 'SENT');
      const [received] = service.receiver.of(made.id);
      ok(received, 'SENT, and nothing arrived');
      deepEqual(
        service.verified(received).filter((one) => !one),
        [],
        'a secret that does not verify it',
      );
      const forged = { ...received, text: received.text.replace('{', '{ ') };
      deepEqual(service.verified(forged).filter(Boolean), [], 'another body verifies too');
    },
  ),

  check('the digits of a number reach the receiver, in the data and in the text', { needs }, async (service) => {
    const data = { number: JSON.rawJSON('9007199254740993') };
    const made = await sendTo(service, 200, { data, subject: 'No. {{number}}' });
    await service.untilIs(made.id, 'SENT');
    const text = service.receiver.of(made.id)[0]?.text ?? '';
    ok(text.includes('"number":9007199254740993'), `the data is not as given: ${text}`);
    ok(text.includes('"No. 9007199254740993"'), `the subject is not as given: ${text}`);
  }),

  check('due in the past while the target is ahead is sent now', { needs }, async (service) => {
    const timing = { send_at: undefined, target_date: service.at(2 * DAY_MS), lead_time_days: 30 };
    const before = service.now() - service.uncertaintyMs();
    const made = await sendTo(service, 200, timing);
    ok(Date.parse(made.send_at) >= Math.floor(before), `send_at ${made.send_at} is before it was created`);
    await service.untilIs(made.id, 'SENT');
  }),

  check('canceled before its due time: 200, and it never arrives', AGAIN, async (service) => {
    const remove = (id: string) => service.api<Notification>('DELETE', `${NOTIFICATIONS}${id}`);
    const { made, answer } = await commandNear(service, remove);
    deepEqual([answer.status, answer.body.status], [200, 'CANCELED']);
    await untilLongPast(service, made);
    equal(service.receiver.of(made.id).length, 0, 'what was canceled arrived');
    equal((await service.read(made.id)).status, 'CANCELED');
  }),

  check(
    `${RACED} cancels around the due time: 200 never arrives, 409 does`,
    { needs, timeoutMs: 60_000 },
    async (service) => {
      const send_at = service.at(NEAR_MS);
      const made = await Promise.all(Array.from({ length: RACED }, () => sendTo(service, 200, { send_at })));
      const leftMs = Date.parse(send_at) - service.now();
      const answers = await Promise.all(
        made.map(async ({ id }, at) => {
          // From 100 ms before to 100 ms after.
          await sleep(Math.max(0, leftMs - 100 + (at * 200) / RACED));
          return { id, answer: await service.api<Notification>('DELETE', `${NOTIFICATIONS}${id}`) };
        }),
      );
      const claimed = answers.filter(({ answer }) => answer.status === 409);
      for (const { answer } of claimed) expectProblem(answer, 'already-attempted');
      const canceled = answers.filter(({ answer }) => answer.status === 200);
      equal(claimed.length + canceled.length, RACED, 'answers that are neither 200 nor 409');
      for (const { id } of claimed) {
        await service.untilIs(id, 'SENT');
        equal(service.receiver.of(id).length, 1, `${id}: 409, and ${service.receiver.of(id).length} arrived`);
      }
      await sleep(QUIET_MS);
      for (const { id } of canceled) equal(service.receiver.of(id).length, 0, `${id}: 200, and it arrived`);
      service.note(`${canceled.length} x 200, ${claimed.length} x 409`);
    },
  ),

  check('rescheduled nearer it arrives at the new time, once', { needs }, async (service) => {
    const made = await sendTo(service, 200, { send_at: service.at(30 * DAY_MS) });
    await service.untilIs(made.id, 'SCHEDULED');
    const { status, body } = await patch(service, made.id, service.at(NEAR_MS));
    deepEqual([status, body.status], [200, 'PENDING']);
    const sent = await service.untilIs(made.id, 'SENT');
    expectNotEarly(service, sent, service.now() - Date.now());
    equal(service.receiver.of(made.id).length, 1);
  }),

  check('rescheduled farther it does not arrive at the old time', AGAIN, async (service) => {
    const { made, answer } = await commandNear(service, (id) => patch(service, id, service.at(10 * DAY_MS)));
    equal(answer.status, 200);
    await untilLongPast(service, made);
    equal(service.receiver.of(made.id).length, 0, 'the old time still counted');
    const { status: state } = await service.untilIs(made.id, 'SCHEDULED');
    equal(state, 'SCHEDULED');
  }),

  check(
    'an event that names a webhook is delivered at once, and says which notification it caused',
    { needs },
    async (service) => {
      const path = `/${service.tag}/event`;
      const payload = { user_id: service.tag, webhook_url: service.receiver.url(path), data: { plan: 'pro' } };
      const event = await service.publish({ type: 'user.signup', payload });
      const { status, notifications = [] } = await service.untilProcessed(event.id);
      service.adopt(notifications);
      deepEqual([status, notifications.length], ['PROCESSED', 1]);
      const sent = await service.untilIs(notifications[0] ?? '', 'SENT');
      deepEqual([sent.event_id, sent.entity_id, sent.notification_type], [event.id, service.tag, 'user.signup']);
      const [received, ...more] = service.receiver.received(path);
      ok(received, 'SENT, and nothing arrived');
      equal(more.length, 0, 'it arrived more than once');
      expectWebhook(service, sent, received);
      equal((JSON.parse(received.text) as { data: { event_id: string } }).data.event_id, event.id);
    },
  ),
];
