/** All processes die in turn while schedules occur every 5 minutes; one is paused, one deleted. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotificationView } from '../../../../lib/notifications/view.ts';
import type { ScheduleView } from '../../../../lib/schedules/view.ts';
import { until } from '../../kit/until.ts';
import { insist } from '../ask.ts';
import type { Scenario } from '../scenario.ts';
import type { ChaosStack } from '../stack.ts';
import { endingsOf, killAll, listAll, untilAllEnded } from '../storms.ts';

const EVERY_MS = 5 * 60_000;
/** So late an occurrence is missed when it is made. */
const MISSED_AFTER_MS = 5 * 60_000;
const CALM_STEPS = 3;
/** Of one step while processes die. */
const STEP_MS = 5_000;
const PAUSE_MS = 100;
/** Four stacks beside this one share the processors. */
const CALM = { deadlineMs: 120_000, everyMs: 200 };
const NAMES = ['latest', 'skip', 'paused', 'deleted'] as const;
type Name = (typeof NAMES)[number];

/** What a command was answered, and when at the latest, in business time. */
interface Confirmed {
  at: number;
  pending: { id: string; outcome: string } | undefined;
}

const pathOf = (name: Name): string => `/schedule-${name}`;
const urlOf = (stack: ChaosStack, id = ''): string => `${stack.apis[0]}/api/v1/schedules/${id}`;

const create = async (stack: ChaosStack, name: Name): Promise<string> => {
  const webhook_url = stack.receiver.url(pathOf(name));
  const body = {
    ...{ cron: '*/5 * * * *', misfire: name === 'skip' ? 'skip' : 'latest' },
    notification: { notification_type: 'schedule.one', entity_id: name, webhook_url },
  };
  const headers = { 'idempotency-key': `schedule-${name}` };
  return (await insist<ScheduleView>(urlOf(stack), 'POST', { expected: 201, body, headers })).id;
};

const command = async (stack: ChaosStack, id: string, method: 'PATCH' | 'DELETE'): Promise<Confirmed> => {
  const body = method === 'PATCH' ? { body: { paused: true } } : {};
  const { pending } = await insist<ScheduleView>(urlOf(stack, id), method, body);
  return { at: stack.now(), pending };
};

const arrivedOf = ({ receiver }: ChaosStack, name: Name): string[] => [
  ...new Set(receiver.received(pathOf(name)).map(({ id }) => id)),
];

/**
 * Five minutes, then what becomes due of `latest`. While processes die it may take the next step: if the
 * clock moved faster than the reconciler works, all would be missed.
 */
const step = async (stack: ChaosStack, waitMs = STEP_MS): Promise<boolean> => {
  const before = arrivedOf(stack, 'latest').length;
  if (!(await stack.advance(EVERY_MS))) await sleep(PAUSE_MS);
  const ends = performance.now() + waitMs;
  const hasCome = () => arrivedOf(stack, 'latest').length > before;
  while (!hasCome() && performance.now() < ends) await sleep(PAUSE_MS);
  return hasCome();
};

const passCalmly = async (stack: ChaosStack): Promise<void> => {
  for (let nth = 0; nth < CALM_STEPS; nth += 1)
    if (!(await step(stack, CALM.deadlineMs))) throw new Error(`no occurrence within ${CALM.deadlineMs} ms`);
};

const isToSend = ({ status }: NotificationView): boolean => status !== 'CANCELED';
const dueOf = ({ send_at }: NotificationView): number => Date.parse(send_at);

/** Instants that were left out although their turn came in time. */
const judgeGaps = (name: Name, made: readonly NotificationView[]): string[] =>
  made.slice(1).flatMap((next, index) => {
    const missing = dueOf(made[index] as NotificationView) + EVERY_MS;
    if (missing >= dueOf(next) || Date.parse(next.created_at) - missing > MISSED_AFTER_MS) return [];
    return [`${name}: none at ${new Date(missing).toISOString()}, and the next one was made ${next.created_at}`];
  });

const judgeInstants = (stack: ChaosStack, name: Name, all: readonly NotificationView[]): string[] => {
  const made = all.filter(isToSend);
  const instants = new Set(made.map(dueOf));
  const arrived = arrivedOf(stack, name);
  const unknown = arrived.filter((id) => !made.some((one) => one.id === id));
  return [
    ...(instants.size === made.length ? [] : [`${name}: ${made.length} occurrences at ${instants.size} instants`]),
    ...made.flatMap((one) => (dueOf(one) % EVERY_MS === 0 ? [] : [`${name}: ${one.id} is due ${one.send_at}`])),
    ...made.flatMap((one) => (arrived.includes(one.id) ? [] : [`${name}: ${one.id} is ${one.status}, did not arrive`])),
    ...unknown.map((id) => `${name}: ${id} arrived, and is canceled or unknown`),
    // A canceled one stands for what misfire left out.
    ...judgeGaps(name, all),
  ];
};

/** After the answer nothing is made, and what it called canceled is never sent. */
const judgeConfirmed = (name: Name, all: readonly NotificationView[], confirmed: Confirmed | undefined): string[] => {
  if (!confirmed) return [`${name}: was never ended`];
  const { at, pending } = confirmed;
  const late = all.filter((one) => isToSend(one) && one.id !== pending?.id && dueOf(one) > at);
  const named = all.find(({ id }) => id === pending?.id);
  const isKept = pending === undefined || (named && isToSend(named) === (pending.outcome === 'too_late'));
  return [
    ...late.map(({ id, send_at }) => `${name}: ${id} is due ${send_at}, after the answer`),
    ...(isKept ? [] : [`${name}: ${pending?.id} was answered ${pending?.outcome}, is ${named?.status}`]),
  ];
};

export const makeScheduleScenario = (): Scenario => {
  const confirmed: Partial<Record<Name, Confirmed>> = {};
  return {
    name: 'SIGKILL storm: while schedules occur',
    isShort: true,
    load: { eventsOnly: true },
    play: async (stack, { faultMs }) => {
      const ids = Object.fromEntries(
        await Promise.all(NAMES.map(async (name) => [name, await create(stack, name)] as const)),
      );
      let isOver = false;
      const pass = async (): Promise<void> => {
        while (!isOver) await step(stack);
      };
      const end = async (): Promise<void> => {
        await until('one has occurred', () => arrivedOf(stack, 'paused').length > 0, CALM);
        confirmed.paused = await command(stack, String(ids.paused), 'PATCH');
        confirmed.deleted = await command(stack, String(ids.deleted), 'DELETE');
      };
      const passing = pass();
      await Promise.all([killAll(stack, 2 * faultMs), end()]);
      isOver = true;
      await passing;
      await passCalmly(stack);
      for (const name of ['latest', 'skip'] as const)
        confirmed[name] = await command(stack, String(ids[name]), 'DELETE');
    },
    met: endingsOf,
    check: async (stack) => {
      await until('more would have come', () => stack.advance(2 * EVERY_MS));
      const judged = NAMES.map(async (name) => {
        const listed = await listAll<NotificationView>(stack, `/api/v1/notifications/?entity_id=${name}&limit=100`);
        const all = await untilAllEnded(
          stack,
          listed.map(({ id }) => id),
        );
        all.sort((one, other) => dueOf(one) - dueOf(other));
        return [...judgeInstants(stack, name, all), ...judgeConfirmed(name, all, confirmed[name])];
      });
      return (await Promise.all(judged)).flat();
    },
  };
};
