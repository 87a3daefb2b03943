/**
 * "The service recovers from an outage of any length" (lib/README.md) on the real processes: each dependency
 * fails for a while under load.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { inParallel } from '../kit/parallel.ts';
import type { Behaviour } from '../kit/receiver.ts';
import { sendingsMax } from '../kit/sendings.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { attempt, insist, untilAllEnded } from './careful-caller.ts';

/** Enough attempts, and close enough, to outlast an outage of several seconds. */
export const OUTAGE_ENV = { CHANNEL_TIMEOUT_MS: '1000', RETRY_SCHEDULE: `0,${'1,'.repeat(20)}2,2,2` };

export const dependencies = ['dynamodb', 'sqs', 'scheduler', 'ses', 'sms', 'receiver'] as const;
export const modes = ['error', 'throttle', 'slow', 'drop'] as const;
export interface Outage {
  dependency: (typeof dependencies)[number];
  mode: (typeof modes)[number];
}

interface OutageOptions {
  outages: Outage[];
  /** How long each lasts. */
  forMs: number;
  /** Requests during each, a fifth of them events. */
  requests: number;
}

interface OutageOutcome {
  accepted: number;
  /** Answered 503, and accepted when repeated. */
  refused: number;
  duplicates: Record<string, number>;
  broken: string[];
}

const PATH = '/outage';
/** Longer than a channel's timeout, shorter than that of an SDK call. */
const SLOW_MS = 1_500;
const RECEIVER: Record<Outage['mode'], Behaviour> = {
  error: 500,
  throttle: { status: 429, headers: { 'retry-after': '1' } },
  slow: { status: 200, afterMs: SLOW_MS },
  drop: 'drop',
};
/** Beyond the 15 minutes for which no schedule entry is needed. */
const FAR_MS = 20 * 60_000;
const NUDGE = 'PT11M';
const SETTLE_MS = 1_500;

interface Sent {
  path: string;
  key: string;
  body: object & { entity_id?: string };
  status: number | undefined;
  id: string | undefined;
}

const requestOf = (stack: TestStack, { dependency }: Outage, key: string, now: number, index: number) => {
  const webhook_url = stack.receiver.url(PATH);
  if (index % 5 === 0) {
    const payload = { user_id: key, webhook_url, email: 'user@example.com' };
    return { path: '/api/v1/events/', body: { id: key, source: 'outage', type: 'user.signup', payload } };
  }
  const due = now + (dependency === 'scheduler' ? FAR_MS : Math.random() * 1_000);
  const channels = { webhook_url, email: 'user@example.com', phone: '+919999912345' };
  const body = { notification_type: 'user.signup', entity_id: key, send_at: new Date(due).toISOString(), ...channels };
  return { path: '/api/v1/notifications/', body };
};

const setFault = async (stack: TestStack, { dependency, mode }: Outage, on: boolean): Promise<void> => {
  if (dependency === 'receiver') stack.receiver.behave(PATH, on ? RECEIVER[mode] : 200);
  else await stack.fault({ service: dependency, mode: on ? mode : 'off', delay_ms: SLOW_MS });
};

/** Requests spread over the outage, each made once. */
const suffer = async (stack: TestStack, outage: Outage, { forMs, requests }: OutageOptions): Promise<Sent[]> => {
  const now = await stack.now();
  const from = performance.now();
  await setFault(stack, outage, true);
  const sending = inParallel(requests, requests, async (index): Promise<Sent> => {
    await sleep((index * forMs) / requests);
    const key = `${outage.dependency}-${outage.mode}-${Math.round(from)}-${index}`;
    const { path, body } = requestOf(stack, outage, key, now + performance.now() - from, index);
    const answer = await attempt(stack, 'POST', path, body, { 'idempotency-key': key });
    return { path, key, body, status: answer?.status, id: (answer?.body as { id?: string } | undefined)?.id };
  });
  await sleep(forMs);
  await setFault(stack, outage, false);
  return sending;
};

/** After a 503 there is the whole record or none; repeated, there is one. */
const repeat = async (stack: TestStack, sent: Sent, broken: string[]): Promise<string> => {
  if (sent.id !== undefined && sent.status === 201) return sent.id;
  if (sent.status !== 503) broken.push(`${sent.key}: answered ${sent.status}`);
  const { body } = await insist<{ id: string }>(stack, sent.path, sent.body, sent.key);
  if (sent.body.entity_id !== undefined) {
    const { body: all } = await stack.api<unknown[]>('GET', `/api/v1/notifications/?entity_id=${sent.key}`);
    if (all.length !== 1) broken.push(`${sent.key}: ${all.length} records`);
  }
  return body.id;
};

interface EventView {
  id: string;
  status: string;
  notifications?: string[];
}

const arrivalsOf = async (stack: TestStack, id: string): Promise<Record<string, number>> => {
  const messages = await stack.inbox(id);
  const count = (name: string): number => messages.filter(({ channel }) => channel === name).length;
  return { webhook: stack.receiver.of(id).length, email: count('email'), sms: count('sms') };
};

/**
 * What SES and SMS answered with an error never got through; of all else only the answer was lost,
 * late or an error.
 */
const mayHaveArrived = ({ channel, outcome, error }: NotificationView['attempts'][number]): boolean =>
  outcome !== 'sent' && (channel === 'webhook' || error === 'timeout' || error === 'worker_lost');

/**
 * Sent once on each channel; what arrived more often has, each time, an attempt whose answer was
 * lost, late or an error.
 */
const judge = async (stack: TestStack, view: NotificationView, outcome: OutageOutcome): Promise<void> => {
  if (view.status !== 'SENT') outcome.broken.push(`${view.id}: ${view.status} ${JSON.stringify(view.channels)}`);
  for (const [name, arrived] of Object.entries(await arrivalsOf(stack, view.id))) {
    const tries = view.attempts.filter(({ channel }) => channel === name);
    const sent = tries.filter((one) => one.outcome === 'sent').length;
    if (tries.length === 0 && arrived === 0) continue;
    const sendings = sendingsMax(tries);
    if (sent !== 1 || arrived < 1 || arrived > sendings)
      outcome.broken.push(`${view.id}: ${arrived} by ${name} of ${tries.length} attempts, ${sent} sent`);
    for (const { outcome: kind, error = '' } of tries.filter(mayHaveArrived).slice(0, arrived - 1)) {
      const cause = `${name}: ${kind} ${error}`;
      outcome.duplicates[cause] = (outcome.duplicates[cause] ?? 0) + 1;
    }
  }
};

/** One outage after another under load, then what recovers by itself, then the account of every request. */
export const sufferOutages = async (stack: TestStack, options: OutageOptions): Promise<OutageOutcome> => {
  const sent: Sent[] = [];
  for (const outage of options.outages) sent.push(...(await suffer(stack, outage, options)));
  const refused = sent.filter(({ status }) => status !== 201).length;
  const outcome: OutageOutcome = { accepted: sent.length, refused, duplicates: {}, broken: [] };
  const ids = await inParallel(sent.length, 10, (index) => repeat(stack, sent[index] as Sent, outcome.broken));
  const eventIds = ids.filter((id) => id.startsWith('evt_'));
  const recovery = { deadlineMs: 120_000, nudge: NUDGE };
  const events = await untilAllEnded<EventView>(stack, eventIds, { ...recovery, path: '/api/v1/events/' });
  for (const { id, status, notifications = [] } of events)
    if (status !== 'PROCESSED' || notifications.length !== 1) outcome.broken.push(`${id}: ${status}`);
  const expected = [...ids.filter((id) => id.startsWith('ntf_')), ...events.flatMap((one) => one.notifications ?? [])];
  const views = await untilAllEnded(stack, expected, recovery);
  await sleep(SETTLE_MS);
  await inParallel(views.length, 10, (index) => judge(stack, views[index] as NotificationView, outcome));
  if (views.length < expected.length) outcome.broken.push(`${expected.length - views.length} notifications are gone`);
  if (stack.processes.output().includes('starting it again')) outcome.broken.push('a process had to be started again');
  return outcome;
};
