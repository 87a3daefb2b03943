/** "Cancel and reschedule are definite" (lib/README.md) on the real processes: commands race due times. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../lib/notifications/view.ts';
import { inParallel } from '../kit/parallel.ts';
import { sendingsMax } from '../kit/sendings.ts';
import type { TestStack } from '../kit/test-stack.ts';
import { attempt, createPatiently, untilAllEnded, untilDefinite } from './careful-caller.ts';
import { type Races, raceClaims, type Verdict } from './races-aim.ts';

export const RACE_ENV = { CHANNEL_TIMEOUT_MS: '1000', RETRY_SCHEDULE: '0,1,1' };

/**
 * One webhook that is taken; three channels of which the webhook fails; a webhook whose receiver
 * answers after the timeout.
 */
export type RaceKind = 'webhook' | 'three channels, one fails' | 'late receiver';

export interface RaceOutcome {
  canceled: number;
  attempted: number;
  /** Every definite answer that turned out to be untrue, in words. */
  broken: string[];
}

/** How many commands came first, and how many claims. */
export const countOf = (raced: { status: Verdict }[]): Pick<RaceOutcome, 'canceled' | 'attempted'> => ({
  canceled: raced.filter(({ status }) => status === 200).length,
  attempted: raced.filter(({ status }) => status === 409).length,
});

const PATHS: Record<RaceKind, string> = {
  webhook: '/race',
  'three channels, one fails': '/race-failing',
  'late receiver': '/race-late',
};
const LATE_MS = 1_600;
/**
 * What was not received by now after all have ended never will be: the longest wait is the late
 * receiver's.
 */
const SETTLE_MS = 1_000;

interface Raced {
  id: string;
  status: Verdict;
  /** What the same command was answered at once when it was repeated. */
  again: Verdict;
  view: NotificationView | undefined;
}

const inputOf = (stack: TestStack, kind: RaceKind, index: number): object => ({
  // Late ones by many ports: what waits at a bulkhead waits for its own receiver alone.
  webhook_url: stack.receiver.url(PATHS[kind], kind === 'late receiver' ? 1 + (index % 15) : 0),
  ...(kind === 'three channels, one fails' && { email: `racer-${index}@example.com`, phone: '+919999912345' }),
});

/** What arrived of a notification, by channel: webhooks at the receiver, the rest in the local inbox. */
const arrivalsOf = async (stack: TestStack, kind: RaceKind, id: string): Promise<Partial<Record<Channel, number>>> => {
  const webhook = stack.receiver.of(id).length;
  if (kind !== 'three channels, one fails') return { webhook };
  const messages = await stack.inbox(id);
  const count = (name: Channel): number => messages.filter(({ channel }) => channel === name).length;
  return { webhook, email: count('email'), sms: count('sms') };
};

const judgeCanceled = (view: NotificationView, received: number): string[] => [
  ...(received > 0 ? [`answered 200, and was received ${received} times`] : []),
  ...(view.status === 'CANCELED' ? [] : [`answered 200, and is ${view.status}`]),
  ...(view.attempts.length > 0 ? ['answered 200, and shows an attempt'] : []),
];

type Channel = NotificationView['attempts'][number]['channel'];

/**
 * As many arrivals as answers were recorded, at most as many as sendings: what is over had an
 * answer that came late, or none.
 */
const judgeChannel = (view: NotificationView, name: Channel, arrived: number): string[] => {
  const tries = view.attempts.filter(({ channel }) => channel === name);
  const answered = tries.filter((one) => one.outcome === 'sent' || one.http_status !== undefined).length;
  const sendings = sendingsMax(tries);
  if (arrived >= answered && arrived <= sendings) return [];
  return [`${arrived} arrivals by ${name} of ${tries.length} attempts, ${answered} answered`];
};

const judgeAttempted = (view: NotificationView, arrived: Partial<Record<Channel, number>>): string[] => [
  ...(view.attempts.length === 0 ? ['answered 409, and was never attempted'] : []),
  ...Object.entries(arrived).flatMap(([name, count]) => judgeChannel(view, name as Channel, count)),
];

const judge = async (stack: TestStack, kind: RaceKind, { id, status, again, view }: Raced): Promise<string[]> => {
  if (status === undefined || !view) return [`${id}: no definite answer (${status})`];
  const arrived = await arrivalsOf(stack, kind, id);
  const total = Object.values(arrived).reduce((sum, count) => sum + count, 0);
  const problems = [
    ...(again === status ? [] : [`answered ${status}, then ${again}`]),
    ...(status === 200 ? judgeCanceled(view, total) : judgeAttempted(view, arrived)),
  ];
  return problems.map((problem) => `${id}: ${problem}`);
};

/** What a process loads and compiles for its first delivery is not part of a race. */
export const warmUp = async (stack: TestStack): Promise<void> => {
  const channels = { email: 'racer@example.com', phone: '+919999912345', webhook_url: stack.receiver.url('/warm-up') };
  const due = Date.now() + 500;
  const ids = await inParallel(30, 10, async () => {
    const { id } = await createPatiently(stack, { send_at: new Date(due).toISOString(), ...channels });
    return id;
  });
  await untilAllEnded(stack, ids, { deadlineMs: 60_000 });
  await inParallel(ids.length, 10, (index) => attempt(stack, 'DELETE', `/api/v1/notifications/${ids[index]}`));
};

/**
 * Every notification is canceled at about its due time; afterwards each answer is compared with
 * what was received.
 */
export const raceCancels = async (stack: TestStack, kind: RaceKind, races: Races): Promise<RaceOutcome> => {
  stack.receiver.behave(PATHS['three channels, one fails'], 500);
  stack.receiver.behave(PATHS['late receiver'], { status: 200, afterMs: LATE_MS });
  const cancel = (id: string) => untilDefinite(stack, 'DELETE', id);
  const raced = await raceClaims(
    stack,
    races,
    (index) => inputOf(stack, kind, index),
    async (id) => ({ status: await cancel(id), again: await cancel(id) }),
  );
  const ids = raced.map(({ id }) => id);
  const views = new Map((await untilAllEnded(stack, ids, { deadlineMs: 60_000 })).map((view) => [view.id, view]));
  await sleep(SETTLE_MS);
  const problems = await inParallel(raced.length, 10, (index) => {
    const one = raced[index] as (typeof raced)[number];
    return judge(stack, kind, { ...one, view: views.get(one.id) });
  });
  return { ...countOf(raced), broken: problems.flat() };
};
