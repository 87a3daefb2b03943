/**
 * The ports of one actor: every call of it passes a checkpoint, and every write, claim and send of
 * it is held to the laws.
 */
import { makeTimer } from '../aws/queues/timer.ts';
import type { OutgoingMessage, SendResult } from '../channels/channel.ts';
import type { Entry, EntryRequest, ReceiverLimits } from '../delivery/limits/repository.ts';
import type { Notification } from '../notifications/notification.ts';
import type { NotificationStore } from '../notifications/repository.ts';
import type { Timer } from '../notifications/timer.ts';
import { byChannel, type ChannelName } from '../schema/channel-names.ts';
import type { DeliverMessage, ScheduleMessage } from '../schema/messages.ts';
import type { Due } from '../store/open-index.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Checkpoints } from './checkpoints.ts';
import { makeMemoryOpenIndex } from './memory-open-index.ts';
import type { TestPorts } from './ports.ts';
import type { Recorder, WorldActor } from './recorder.ts';

export const CHANNEL_TIMEOUT_MS = 15_000;

export type Entries = Map<string, { at: number; message: DeliverMessage }>;

export interface Surroundings {
  base: TestPorts;
  checkpoints: Checkpoints;
  recorder: Recorder;
  entries: Entries;
  enqueue(queue: 'delivery' | 'schedule', body: DeliverMessage | ScheduleMessage, delaySeconds?: number): void;
  /** What a channel answers next. */
  nextAnswer: { of: (channel: ChannelName) => SendResult };
  /** What the limits of a receiver say next. */
  nextEntry: { of: (request: EntryRequest) => Entry };
}

const ignored: (keyof Metrics)[] = [
  'attempt',
  'lateness',
  'handOffFailed',
  'reconcilePassed',
  'reconciled',
  'deadLetter',
  'notificationCreated',
  'notificationScheduled',
  'notificationSent',
  'notificationFailed',
  'notificationCanceled',
];
const silent = Object.fromEntries(ignored.map((verb) => [verb, () => undefined]));

const storeOf = ({ base, checkpoints, recorder }: Surroundings, actor: WorldActor): NotificationStore => {
  const { store } = base.memory;
  const { observed, onClaim } = recorder;
  return {
    get: (id) => checkpoints.through(actor, 'get', () => store.get(id)),
    create: (item) => checkpoints.through(actor, 'create', () => observed(item.id, () => store.create(item))),
    replace: (next, expected) =>
      checkpoints.through(actor, 'replace', () => observed(next.id, () => store.replace(next, expected))),
    claim: async (request) => {
      const claimed = await checkpoints.through(actor, 'claim', () => {
        const result = observed(request.id, () => store.claim(request));
        onClaim(actor, request);
        return result;
      });
      // Carried out is not yet answered: a worker may be frozen in between.
      return checkpoints.through(actor, 'claimAnswer', async () => claimed);
    },
    markScheduled: (request) =>
      checkpoints.through(actor, 'markScheduled', () => observed(request.id, () => store.markScheduled(request))),
    list: store.list,
    checkSize: store.checkSize,
  };
};

const channelOf = ({ checkpoints, recorder, nextAnswer }: Surroundings, actor: WorldActor, name: ChannelName) => ({
  name,
  send: (message: OutgoingMessage) => {
    recorder.law(() => recorder.checkSend(actor, message, name));
    return checkpoints.through(actor, 'answer', async () => nextAnswer.of(name));
  },
});

/** As the real one: it never rejects, and limits that cannot be asked say "later". */
const receiverLimitsOf = ({ base, checkpoints, nextEntry }: Surroundings, actor: WorldActor): ReceiverLimits => ({
  enter: async (request) => {
    const later = (): Entry => ({
      outcome: 'deferred',
      error: 'gate_unavailable',
      until: base.clock.now() + 30_000,
    });
    const entry = await checkpoints.through(actor, 'enter', async () => nextEntry.of(request)).catch(later);
    if (entry.outcome !== 'pass') return entry;
    const release = () => checkpoints.through(actor, 'release', async () => undefined).catch(() => undefined);
    return { ...entry, release };
  },
});

const timerOf = ({ base, checkpoints, enqueue }: Surroundings, actor: WorldActor) =>
  makeTimer({
    clock: base.clock,
    sendDelivery: ({ body, delaySeconds }) => {
      actor.armed += 1;
      return checkpoints.through(actor, 'sendDelivery', async () =>
        enqueue('delivery', body as Parameters<typeof enqueue>[1], delaySeconds),
      );
    },
    sendSchedule: ({ body }) => {
      actor.armed += 1;
      return checkpoints.through(actor, 'sendSchedule', async () =>
        enqueue('schedule', body as Parameters<typeof enqueue>[1]),
      );
    },
  });

export const makeCheckpointPorts = (around: Surroundings) => {
  const { base, checkpoints, entries } = around;
  const { clock, memory } = base;
  const open = makeMemoryOpenIndex(memory);
  return (actor: WorldActor) => ({
    ...base,
    notifications: storeOf(around, actor),
    events: {
      keepUntil: (id: string, at: number | undefined) =>
        checkpoints.through(actor, 'keepUntil', () => base.events.keepUntil(id, at)),
    },
    timer: timerOf(around, actor),
    metrics: {
      ...silent,
      timerStale: () => {
        actor.stale += 1;
      },
      deliveryDeferred: () => {
        actor.deferred += 1;
      },
    } as unknown as Metrics,
    channels: byChannel((name) => channelOf(around, actor, name)),
    receiverLimits: receiverLimitsOf(around, actor),
    channelTimeoutMs: CHANNEL_TIMEOUT_MS,
    compose: (item: Notification, channel: ChannelName, to: string) => ({
      notificationId: item.id,
      tenant: item.tenant,
      to,
      subject: item.subject ?? 's',
      body: item.body ?? channel,
      payload: '{}',
    }),
    sleep: (ms: number): Promise<void> => {
      const until = clock.real() + ms;
      const wake = async (): Promise<void> => clock.pass(Math.max(0, until - clock.real()));
      return checkpoints.through(actor, 'sleep', wake, { isSleep: true });
    },
    schedules: {
      create: (timer: Timer, at: number) =>
        checkpoints.through(actor, 'schedule', async () => {
          const { id, tenant, seq, due } = timer;
          entries.set(`${id}-${seq}`, { at, message: { kind: 'deliver', id, tenant, seq, due } });
        }),
      remove: ({ id, seq }: { id: string; seq: number }) =>
        checkpoints.through(actor, 'unschedule', async () => void entries.delete(`${id}-${seq}`)),
    },
    open: {
      due: (now: number, limit: number) => checkpoints.through(actor, 'open', () => open.due(now, limit)),
      postpone: (due: Due, until: number) => checkpoints.through(actor, 'open', () => open.postpone(due, until)),
    },
    checkEvent: async () => false,
    checkJob: async () => false,
    graceMs: base.policy.graceMs,
  });
};
