/**
 * "201 means persisted" and "no duplicate is caused by the service" (lib/README.md) on the real processes:
 * `kill -9` of each in turn while notifications and events come in.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import type { ProcessName } from '../../../localstack/testing/stack.ts';
import { inParallel } from '../kit/parallel.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { until } from '../kit/until.ts';
import { insist, untilAllEnded } from './careful-caller.ts';

export const CRASH_ENV = { CHANNEL_TIMEOUT_MS: '2500', RETRY_SCHEDULE: '0,1,1,1,1,2,2' };
/**
 * Where no lease is waited for: a machine that stands still for seconds must not make a timeout,
 * and a second arrival of it.
 */
export const CALM_ENV = { ...CRASH_ENV, CHANNEL_TIMEOUT_MS: '15000' };

export interface CrashOptions {
  notifications: number;
  events: number;
  /**
   * Who is killed with SIGKILL, in this order, spread evenly over the load; `SIGTERM` ends and
   * restarts the whole stack.
   */
  kills: (ProcessName | 'SIGTERM')[];
  /** `sqs duplicate` while it lasts: every queue's messages twice. */
  doubled?: boolean;
  /** Requests per second. */
  perSecond: number;
  /** How many of them are in flight at most. Default 50. */
  lanes?: number;
}

export interface CrashOutcome {
  accepted: number;
  sent: number;
  /** Arrivals beyond the first, by what the extra attempt was recorded as. */
  duplicates: Record<string, number>;
  /** In words, with ids: lost, not explained by an attempt, changed in flight. */
  broken: string[];
  /** Requests that were answered 503 or not at all, and repeated. */
  repeated: number;
  kills: number;
}

const DUE_WITHIN_MS = 6_000;
/**
 * More than the reconciler's longest back-off: each look at the clock brings a full pass. Leases
 * are on real time.
 */
const NUDGE = 'PT11M';
/** For a second arrival. */
const SETTLE_MS = 1_000;
const PATH = '/crash';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH is the answer.
  }
};

/** Not its readiness, which ignores a short outage. */
const isWhole = (stack: TestStack) => () =>
  fetch(`${stack.processes.apiUrl}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/**
 * Kills one process and waits until the stack is whole again; with `main` goes everything, and it
 * is started again.
 */
export const killAndRecover = async (
  stack: TestStack,
  name: ProcessName,
  onceGone: () => Promise<void> = async () => {},
): Promise<void> => {
  const { main, aws, service } = stack.processes.pids();
  const before = { main, aws, service };
  stack.processes.kill(name, 'SIGKILL');
  await until(`${name} is gone`, () => !isAlive(before[name]));
  await onceGone();
  if (name === 'main') {
    await until('its children have ended by themselves', () => !isAlive(aws) && !isAlive(service));
    await stack.restart();
  } else await until(`${name} is started again`, () => stack.processes.pids()[name] !== before[name]);
  await until('the stack is whole again', isWhole(stack));
};

interface Accepted {
  id: string;
  statuses: (number | 'no answer')[];
}

const load = async (stack: TestStack, options: CrashOptions): Promise<Accepted[]> => {
  const { notifications, events, perSecond, lanes = 50 } = options;
  const all = notifications + events;
  const aheadMs = (await stack.now()) - Date.now();
  const run = `load-${Date.now()}`;
  const from = performance.now();
  const webhook_url = stack.receiver.url(PATH);
  const requestOf = (index: number): [path: string, body: object] => {
    if (index >= events) {
      const send_at = new Date(Date.now() + aheadMs + Math.random() * DUE_WITHIN_MS).toISOString();
      const body = { notification_type: 'user.signup', entity_id: `user-${index}`, send_at, webhook_url };
      return ['/api/v1/notifications/', body];
    }
    const payload = { user_id: index, webhook_url };
    return ['/api/v1/events/', { id: `${run}-${index}`, source: 'load', type: 'user.signup', payload }];
  };
  // Events and notifications in turn, so that a kill meets both.
  const order = inTurn(events, all);
  return inParallel(all, lanes, async (place) => {
    await sleep(Math.max(0, from + (place / perSecond) * 1_000 - performance.now()));
    const [path, body] = requestOf(order[place] ?? 0);
    const made = await insist<{ id: string }>(stack, path, body, `${run}-${place}`);
    return { id: made.body.id, statuses: made.statuses };
  });
};

/** 0..all-1, the first `few` spread evenly among the others. */
const inTurn = (few: number, all: number): number[] => {
  const places = Array.from({ length: all }, (_, index) => index);
  const at = (index: number): number => (index < few ? ((index + 0.5) * all) / few : index);
  return places.sort((a, b) => at(a) - at(b));
};

const killInTurn = async (stack: TestStack, options: CrashOptions): Promise<void> => {
  const { kills, notifications, events, perSecond, doubled } = options;
  const pauseMs = ((notifications + events) / perSecond / (kills.length + 1)) * 1_000;
  // A fault is the AWS process's own: the process that takes its place knows nothing of it.
  const double = async (): Promise<void> => {
    if (doubled) await stack.fault({ service: 'sqs', mode: 'duplicate' });
  };
  await double();
  for (const name of kills) {
    await sleep(pauseMs);
    if (name === 'SIGTERM') await stack.restart();
    else await killAndRecover(stack, name);
    await double();
  }
};

interface EventView {
  id: string;
  status: string;
  notifications?: string[];
}

/** Each event PROCESSED, with its one notification: answers their ids. */
const causedBy = async (stack: TestStack, eventIds: string[], broken: string[]): Promise<string[]> => {
  const options = { deadlineMs: 90_000, nudge: NUDGE, path: '/api/v1/events/' };
  const views = await untilAllEnded<EventView>(stack, eventIds, options);
  for (const { id, status, notifications = [] } of views)
    if (status !== 'PROCESSED' || notifications.length !== 1)
      broken.push(`${id}: ${status} with ${notifications.length} notifications`);
  if (views.length < eventIds.length) broken.push(`${eventIds.length - views.length} accepted events are gone`);
  return views.flatMap(({ notifications = [] }) => notifications);
};

/**
 * One notification's arrivals against its attempts: one is recorded `sent`, and each further
 * arrival has its own attempt.
 */
const judge = (stack: TestStack, view: NotificationView, outcome: CrashOutcome): void => {
  const arrivals = stack.receiver.of(view.id);
  const sent = view.attempts.filter((one) => one.outcome === 'sent');
  const others = view.attempts.filter((one) => one.outcome !== 'sent');
  if (view.status !== 'SENT' || sent.length !== 1 || arrivals.length === 0) {
    const tries = view.attempts.map((one) => one.error ?? one.outcome).join(', ');
    outcome.broken.push(`${view.id}: ${view.status}, ${arrivals.length} arrivals, attempts: ${tries}`);
  } else outcome.sent += 1;
  if (arrivals.length > view.attempts.length)
    outcome.broken.push(`${view.id}: ${arrivals.length} arrivals unexplained`);
  if (new Set(arrivals.map(({ text }) => text)).size > 1) outcome.broken.push(`${view.id}: its bytes changed`);
  for (const { outcome: kind, error = '' } of others.slice(0, Math.max(0, arrivals.length - 1))) {
    const cause = `${kind} ${error}`;
    outcome.duplicates[cause] = (outcome.duplicates[cause] ?? 0) + 1;
  }
};

/** Runs the load and the kills together, lets everything recover, and accounts for every accepted request. */
export const crashUnderLoad = async (stack: TestStack, options: CrashOptions): Promise<CrashOutcome> => {
  const [accepted] = await Promise.all([load(stack, options), killInTurn(stack, options)]);
  const outcome: CrashOutcome = {
    accepted: accepted.length,
    sent: 0,
    duplicates: {},
    broken: [],
    repeated: accepted.reduce((sum, { statuses }) => sum + statuses.length - 1, 0),
    kills: options.kills.length,
  };
  const ids = accepted.map(({ id }) => id);
  const eventIds = ids.filter((id) => id.startsWith('evt_'));
  const caused = await causedBy(stack, eventIds, outcome.broken);
  const expected = [...ids.filter((id) => id.startsWith('ntf_')), ...caused];
  const views = await untilAllEnded(stack, expected, { deadlineMs: 120_000, nudge: NUDGE });
  await sleep(SETTLE_MS);
  for (const view of views) judge(stack, view, outcome);
  if (views.length < expected.length) outcome.broken.push(`${expected.length - views.length} notifications are gone`);
  if (options.doubled) await stack.fault({ service: 'sqs', mode: 'off' });
  return outcome;
};
