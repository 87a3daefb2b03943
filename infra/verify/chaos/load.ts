/**
 * The steady load that every scenario is played under: an open loop, each request repeated until it
 * is answered, as careful clients do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { lazy } from '../../../lib/concurrency/lazy.ts';
import type { ChannelName } from '../../../lib/schema/channel-names.ts';
import type { Answer } from '../kit/client.ts';
import { type Entry, type Ledger, makeLedger } from '../kit/ledger.ts';
import { ask } from './ask.ts';
import type { ChaosStack } from './stack.ts';

export interface Load {
  ledger: Ledger;
  /** No new requests; resolves when those in flight have been answered, or given up. */
  end(): Promise<void>;
  /** No further request of any kind: the stack is going away. */
  abort(): void;
}

const ALL: readonly ChannelName[] = ['webhook', 'email', 'sms'];
const NEAR_MS = 6_000;
/** Beyond the 15 minutes for which no entry at EventBridge Scheduler is needed. */
const FAR_MS = { from: 16 * 60_000, spread: 14 * 60_000 };
const RESCHEDULED_MS = 3_000;
/** A raced command comes this much before or after the due time. */
const RACE_MS = 300;
/** Between tries, doubling: clients that do not back off would hold down a service that comes back. */
const PAUSE_MS = { first: 300, max: 4_000 };
/** How long one request is repeated; longer than any outage here and its healing. */
const INSIST_MS = 240_000;

type Command = 'cancel' | 'reschedule' | 'edit' | undefined;
interface Plan {
  kind: Entry['kind'];
  channels: readonly ChannelName[];
  isFar?: boolean;
  /** Its webhook by a registered endpoint: through its circuit breaker, rate and concurrency limits. */
  byEndpoint?: boolean;
  command?: Command;
  /** Created as an item of a batch. */
  inBatch?: boolean;
  /** What else is given; nothing that makes it late by more than a second, or end otherwise. */
  extra?: object;
}

const OPEN_WINDOW = { window: { from: '00:00', until: '23:59', timezone: 'Asia/Kolkata' }, expires_after: 'P30D' };

/**
 * Over and over: events, near and far ones, on one channel and on three, by URL and by endpoint, by
 * themselves and in batches, and the commands that are raced.
 */
const PLANS: readonly Plan[] = [
  { kind: 'event', channels: ALL },
  { kind: 'notification', channels: ['webhook'], command: 'cancel' },
  { kind: 'notification', channels: ALL },
  { kind: 'notification', channels: ['webhook'], isFar: true },
  { kind: 'notification', channels: ['webhook'], command: 'reschedule' },
  { kind: 'notification', channels: ['webhook'], byEndpoint: true },
  { kind: 'event', channels: ['webhook'], byEndpoint: true },
  { kind: 'notification', channels: ALL, isFar: true, byEndpoint: true },
  { kind: 'notification', channels: ALL, command: 'cancel' },
  { kind: 'notification', channels: ['webhook'], isFar: true, command: 'cancel' },
  { kind: 'notification', channels: ALL, inBatch: true, extra: { group: 'order-1', priority: 'bulk' } },
  { kind: 'notification', channels: ['webhook'], isFar: true, extra: OPEN_WINDOW },
  { kind: 'notification', channels: ['webhook'], command: 'edit', extra: OPEN_WINDOW },
];

/** Slow enough that requests wait for the rate, and for the limit of those in flight. */
const ENDPOINT = { rate_limit: 10, max_concurrency: 3 };

const recipients = (stack: ChaosStack, channels: readonly ChannelName[], endpointId: string | undefined) => ({
  ...(channels.includes('webhook') && (endpointId ? { endpoint_id: endpointId } : { webhook_url: stack.webhookUrl })),
  ...(channels.includes('email') && { email: 'user@example.com' }),
  ...(channels.includes('sms') && { phone: '+919999912345' }),
});

const iso = (at: number): string => new Date(at).toISOString();

const requestOf = (stack: ChaosStack, plan: Plan, entry: Entry, endpointId?: string): [path: string, body: object] => {
  const to = recipients(stack, plan.channels, endpointId);
  if (plan.kind === 'notification') {
    const body = { notification_type: 'user.signup', entity_id: entry.key, send_at: iso(entry.dueAt), ...to };
    const item = { ...body, ...plan.extra };
    if (!plan.inBatch) return ['/api/v1/notifications/', item];
    return ['/api/v1/notifications/batch', { items: [{ ...item, idempotency_key: entry.key }] }];
  }
  const payload = { user_id: entry.key, ...to };
  return ['/api/v1/events/', { id: entry.key, source: 'chaos', type: 'user.signup', payload }];
};

/** The answer to a batch as its only item has it. */
const ofItem = (reply: Answer): Answer => {
  const { results } = (reply.body ?? {}) as { results?: { status: number }[] };
  const [item] = results ?? [];
  return item ? { ...reply, status: item.status, body: item } : reply;
};

/** At least what `Retry-After` says, and half of it random, so that they do not all come back together. */
const pauseMs = (tries: number, retryAfter: string | null = null): number => {
  const pause = Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.max);
  return Math.min(Number(retryAfter ?? 0) * 1_000, PAUSE_MS.max) + pause * (0.5 + Math.random() / 2);
};

/** Repeats a request until `isAnswer`, at one service after the other. Undefined when it was given up. */
const makeInsist = (stack: ChaosStack, ledger: Ledger, isAborted: () => boolean) => {
  let turn = 0;
  return async (
    method: string,
    path: string,
    isAnswer: (reply: Answer) => boolean,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Answer | undefined> => {
    const ends = performance.now() + INSIST_MS;
    for (let tries = 0; performance.now() < ends && !isAborted(); tries += 1) {
      turn += 1;
      const answer = await ask(`${stack.apis[turn % stack.apis.length]}${path}`, method, body, headers);
      const reply = answer && ofItem(answer);
      if (reply && isAnswer(reply)) return reply;
      if (!reply) ledger.unanswered += 1;
      else if (reply.status === 503 || reply.status === 429) {
        ledger.refused += 1;
        if (answer === reply && !reply.headers.get('retry-after'))
          ledger.wrong.push(`${method} ${path}: ${reply.status} without Retry-After`);
      } else {
        ledger.wrong.push(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
        return undefined;
      }
      await sleep(pauseMs(tries, reply?.headers.get('retry-after')));
    }
    return undefined;
  };
};

export interface LoadOptions {
  perSecond: number;
  /** What is due soon is due at least this much after it is asked for. Default 0. */
  aheadMs?: number;
  /** Nothing with a time of its own, which would be refused as past where the clock is moved meanwhile. */
  eventsOnly?: boolean;
}

export const startLoad = (stack: ChaosStack, options: LoadOptions): Load => {
  const ledger = makeLedger();
  let isAborted = false;
  const insist = makeInsist(stack, ledger, () => isAborted);
  const run = Math.random().toString(36).slice(2, 8);
  const inFlight = new Set<Promise<void>>();
  let isEnded = false;

  const isDefinite = ({ status }: Answer): boolean => status === 200 || status === 409;
  const command = async (entry: Entry, wanted: Command, path: string): Promise<void> => {
    const movedMs = wanted === 'reschedule' ? RESCHEDULED_MS : 0;
    const change = movedMs > 0 ? { send_at: iso(entry.dueAt + movedMs) } : { subject: 'Edited' };
    const reply =
      wanted === 'cancel' ? await insist('DELETE', path, isDefinite) : await insist('PATCH', path, isDefinite, change);
    if (!reply) {
      entry.ambiguous = true;
      ledger.wrong.push(`${entry.id}: its ${wanted} was never answered`);
    } else if (wanted === 'cancel') entry.canceled = reply.status as 200 | 409;
    else {
      entry.rescheduled = reply.status as 200 | 409;
      if (reply.status === 200) entry.dueAt += movedMs;
    }
  };

  const isAccepted = ({ status }: Answer): boolean => status === 201 || status === 200;
  /** Made by the first that needs it, and waited for by the others. */
  const endpoint = lazy(async (): Promise<string | undefined> => {
    const key = { 'idempotency-key': `chaos-${run}` };
    const reply = await insist('POST', '/api/v1/endpoints/', isAccepted, { url: stack.webhookUrl, ...ENDPOINT }, key);
    if (!reply) ledger.wrong.push('the endpoint was never accepted');
    return reply && String(reply.body.id);
  });

  const plans = options.eventsOnly ? PLANS.filter(({ kind }) => kind === 'event') : PLANS;

  const play = async (index: number): Promise<void> => {
    const plan = plans[index % plans.length] as Plan;
    const key = `chaos-${run}-${index}`;
    const inMs = plan.isFar
      ? FAR_MS.from + Math.random() * FAR_MS.spread
      : (options.aheadMs ?? 0) + Math.random() * NEAR_MS;
    const dueAt = plan.kind === 'event' ? stack.now() : Math.round(stack.now() + inMs);
    const entry: Entry = { key, kind: plan.kind, channels: plan.channels, dueAt };
    ledger.entries.push(entry);
    const [path, body] = requestOf(stack, plan, entry, plan.byEndpoint ? await endpoint() : undefined);
    const headers = plan.inBatch ? undefined : { 'idempotency-key': key };
    const reply = await insist('POST', path, isAccepted, body, headers);
    if (!reply) return void ledger.wrong.push(`${key}: never accepted`);
    entry.id = String(reply.body.id);
    if (!plan.command) return;
    const race = plan.isFar ? Math.random() * NEAR_MS : dueAt - stack.now() + (Math.random() * 2 - 1) * RACE_MS;
    await sleep(Math.max(0, race));
    await command(entry, plan.command, `/api/v1/notifications/${entry.id}`);
  };

  const loop = async (): Promise<void> => {
    const from = performance.now();
    for (let index = 0; !isEnded; index += 1) {
      await sleep(Math.max(0, from + (index / options.perSecond) * 1_000 - performance.now()));
      const one: Promise<void> = play(index).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
  };
  const looping = loop();

  return {
    ledger,
    end: async () => {
      isEnded = true;
      await looping;
      await Promise.all(inFlight);
    },
    abort: () => {
      isEnded = true;
      isAborted = true;
    },
  };
};
