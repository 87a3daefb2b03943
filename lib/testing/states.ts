/** A notification in every state that the machine can reach, made by the machine itself. */

import type { SendResult } from '../channels/channel.ts';
import type { ChannelStop, Deferral } from '../notifications/deferral.ts';
import type { Notification } from '../notifications/notification.ts';
import type { Moved, Refused, Step, WriteContext } from '../notifications/state/client-commands.ts';
import * as machine from '../notifications/state/client-commands.ts';
import { makePolicy } from '../notifications/state/policy.ts';
import type { AttemptResults } from '../notifications/state/worker-steps.ts';
import { claimed, finish, returned } from '../notifications/state/worker-steps.ts';
import type { ChannelName } from '../schema/channel-names.ts';

export const NOW = Date.parse('2026-03-01T12:00:00.000Z');
export const POLICY = makePolicy({ retryScheduleSeconds: [0, 5, 300], retentionDays: 30, channelTimeoutMs: 15_000 });

let writes = 0;
export const at = (now = NOW): WriteContext => {
  writes += 1;
  return { now, real: now, writeId: `w${writes}`, fraction: () => 0.5, policy: POLICY };
};

export const moved = (step: Step | Refused | undefined): Notification => {
  if (!step || 'refused' in step || !step.moved) throw new Error(`expected a move, got ${JSON.stringify(step)}`);
  return step.next;
};

export const created = (
  dueAt = NOW,
  to: Record<string, string> = { email: 'a@example.com', sms: '+919999912345' },
): Moved =>
  machine.create(
    {
      id: 'ntf_1',
      tenant: 'acme',
      type: 'custom',
      entityId: 'e',
      timing: { send_at: new Date(dueAt).toISOString() },
      to,
    },
    { sendAt: dueAt },
    at(),
  );

export const claim = (item: Notification, now = NOW): Notification =>
  claimed(item, { id: `lease${now}`, claimedAt: now, until: now + 25_000 }, at(now));

/** What a claim came to, the same on each channel it held or channel by channel. */
export const finished = (
  item: Notification,
  results: Partial<Record<ChannelName, SendResult | Deferral | ChannelStop>>,
  now = NOW,
) => {
  const attempts = Object.fromEntries(
    Object.entries(results).map(([name, result]) => [name, { startedAt: now, finishedAt: now, result }]),
  ) as AttemptResults;
  return moved(finish(item, item.lease?.id ?? '', attempts, at(now)));
};

export const SENT = { outcome: 'sent' } as const;
export const RETRY = { outcome: 'retry', error: 'http_503' } as const;
export const HOPELESS = { outcome: 'failed', error: 'http_410' } as const;

export const NOT_ALLOWED = { outcome: 'stopped', error: 'not_allowed' } as const;

/** The first attempt on every channel is still to come. */
const PUT_OFF = {
  outcome: 'deferred',
  error: 'rate_limited',
  until: NOW + 31_000,
  slotAt: NOW + 31_000,
} as const;

const unprocessable = (): Notification => {
  let item = created().next;
  for (let times = 0; times < 10; times += 1) item = moved(returned(item, { seq: item.timerSeq }, at()));
  return item;
};

const pending = (): Notification => created().next;
const sending = (): Notification => claim(pending());
const retrying = (): Notification => finished(sending(), { email: SENT, sms: RETRY });
const putOff = (): Notification => finished(sending(), { email: PUT_OFF, sms: PUT_OFF });
const stopped = (item: Notification): Notification => moved(machine.stop(item, at()));

export const states = {
  PENDING: pending,
  SCHEDULED: (): Notification => ({ ...pending(), status: 'SCHEDULED' }),
  SENDING: sending,
  'SENDING, stopped': () => stopped(sending()),
  RETRYING: retrying,
  'RETRYING, put off': putOff,
  SENT: () => finished(sending(), { email: SENT, sms: SENT }),
  'SENT, stopped while in flight': () => finished(stopped(sending()), { email: SENT, sms: SENT }),
  FAILED: () => finished(sending(), { email: SENT, sms: HOPELESS }),
  'FAILED, not allowed': () => finished(sending(), { email: SENT, sms: NOT_ALLOWED }),
  'FAILED by stop': () => stopped(retrying()),
  'FAILED, unprocessable': unprocessable,
  CANCELED: () => moved(machine.cancel(pending(), at())),
} satisfies Record<string, () => Notification>;
export type State = keyof typeof states;
