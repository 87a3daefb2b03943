/** What only a stack with an inbox and a virtual clock can show: every channel, and weeks that pass. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../kit/until.ts';
import { inGroup } from '../check.ts';
import { DAY_MS } from '../service.ts';
import type { Notification } from '../shapes.ts';
import { expectSameMessage, expectWebhook, sendTo } from './delivering.ts';

const CONTENT = { subject: 'Hello {{name}}', body: 'Dear {{name}}, until soon.', data: { name: 'Ada' } };
const STEPS_MAX = 60;
const QUIET_MS = 1_500;
const inInbox = inGroup('inbox');
const inTime = inGroup('virtual clock');

export const inbox = [
  inInbox('e-mail and SMS arrive, filled in, once', { needs: ['inbox'] }, async (service) => {
    const to = { email: 'ada@example.com', phone: '+14155550123' };
    const { id } = await service.create({ send_at: service.at(0), ...to, ...CONTENT });
    await service.untilIs(id, 'SENT');
    const entries = await until('both are in the inbox', async () => {
      const found = await service.localAws.inbox(id);
      return found.length >= 2 && found;
    });
    deepEqual(entries.map(({ channel, to }) => [channel, to]).sort(), [
      ['email', to.email],
      ['sms', to.phone],
    ]);
    const mail = entries.find(({ channel }) => channel === 'email');
    deepEqual([mail?.subject, mail?.body.trim()], ['Hello Ada', 'Dear Ada, until soon.']);
    for (const { lateness_ms } of entries) ok((lateness_ms ?? 0) >= 0, `early by ${lateness_ms} ms`);
  }),

  inInbox(
    'an e-mail that was sent is not sent again because a webhook failed',
    { needs: ['inbox', 'receiver'] },
    async (service) => {
      let calls = 0;
      const rule = () => {
        calls += 1;
        return calls > 1 ? 200 : 503;
      };
      const { id } = await sendTo(service, rule, { email: 'ada@example.com' });
      const sent = await service.untilIs(id, 'SENT', { deadlineMs: 40_000 });
      deepEqual(sent.attempts.map(({ channel }) => channel).sort(), ['email', 'webhook', 'webhook']);
      equal((await service.localAws.inbox(id)).filter(({ channel }) => channel === 'email').length, 1);
    },
  ),
];

export const clock = [
  inTime(
    'ten days ahead it is SCHEDULED, and arrives when the ten days have passed',
    { needs: ['clock', 'receiver'] },
    async (service) => {
      const made = await sendTo(service, 200, { send_at: service.at(10 * DAY_MS) });
      await service.untilIs(made.id, 'SCHEDULED');
      await service.advanceTo(new Date(Date.parse(made.send_at) - 60_000).toISOString());
      await sleep(QUIET_MS);
      equal(service.receiver.of(made.id).length, 0, 'it came a minute early');
      await service.advanceTo(made.send_at);
      const sent = await service.untilIs(made.id, 'SENT');
      const [received, ...more] = service.receiver.of(made.id);
      ok(received, 'SENT, and nothing arrived');
      equal(more.length, 0, 'it arrived more than once');
      expectWebhook(service, sent, received);
    },
  ),

  inTime(
    'a receiver that never recovers: the whole retry schedule, one message, then FAILED',
    { needs: ['clock', 'receiver'], timeoutMs: 90_000 },
    async (service) => {
      const { id } = await sendTo(service, 503);
      const attempted = (count: number) => (n: Notification) => n.attempts.length >= count && n.status !== 'SENDING';
      let now = await service.untilIs(id, attempted(1));
      while (now.status === 'RETRYING') {
        const count = now.attempts.length;
        ok(count < STEPS_MAX, `still RETRYING after ${count} attempts`);
        await service.advanceTo(now.channels.webhook?.next_attempt_at ?? '');
        now = await service.untilIs(id, attempted(count + 1));
      }
      deepEqual([now.status, now.channels.webhook?.state], ['FAILED', 'failed']);
      const received = service.receiver.of(id);
      equal(received.length, now.channels.webhook?.attempts);
      ok(received.length > 1, 'it was tried once only');
      expectSameMessage(received);
      for (const one of received) expectWebhook(service, now, one);
      await service.advanceTo(service.at(3 * DAY_MS));
      await sleep(QUIET_MS);
      equal(service.receiver.of(id).length, received.length, 'it was tried again after it had failed');
      service.note(`${received.length} attempts`);
    },
  ),
];
