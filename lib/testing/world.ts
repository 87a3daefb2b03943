/**
 * The whole pipeline in memory: the real services over ports with checkpoints, and queues that delay,
 * duplicate and lose. Every write and send is checked against the laws as it happens.
 */
import assert from 'node:assert/strict';
import { makeDeliveryService } from '../delivery/service.ts';
import { makeChanges } from '../notifications/changes.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { returned } from '../notifications/state/worker-steps.ts';
import { makeReconcileService } from '../notifications/workers/reconcile.ts';
import { makeScheduleService } from '../notifications/workers/schedule.ts';
import type { DeliverMessage, ScheduleMessage } from '../schema/messages.ts';
import { type Entries, makeCheckpointPorts, type Surroundings } from './checkpoint-ports.ts';
import { makeCheckpoints } from './checkpoints.ts';
import { makeTestPorts } from './ports.ts';
import { makeRecorder, type WorldActor } from './recorder.ts';

const VISIBILITY_MS = 180_000;
const RECEIVES_MAX = 5;
export const TENANT = 'acme';

interface QueueMessage {
  body: DeliverMessage | ScheduleMessage;
  /** Business time. */
  availableAt: number;
  /** Real time. */
  visibleAt: number;
  receives: number;
}

export const makeWorld = () => {
  const base = makeTestPorts();
  const { clock, memory } = base;
  const checkpoints = makeCheckpoints();
  const recorder = makeRecorder(clock, memory);
  const { law } = recorder;
  const queues = { delivery: [] as QueueMessage[], schedule: [] as QueueMessage[], dead: [] as QueueMessage[] };
  const entries: Entries = new Map();
  /** Every message that ever was: what a duplicate is made of. */
  const history: QueueMessage['body'][] = [];
  const nextAnswer: Surroundings['nextAnswer'] = { of: () => ({ outcome: 'sent' }) };
  const nextEntry: Surroundings['nextEntry'] = { of: base.receiverLimits.pass };

  const enqueue = (queue: keyof typeof queues, body: QueueMessage['body'], delaySeconds = 0): void => {
    history.push(body);
    queues[queue].push({ body, availableAt: clock.now() + delaySeconds * 1000, visibleAt: 0, receives: 0 });
  };

  const portsOf = makeCheckpointPorts({ base, checkpoints, recorder, entries, enqueue, nextAnswer, nextEntry });

  /** Begins something that runs from checkpoint to checkpoint until it is done, fails or dies. */
  const begin = <T>(
    kind: string,
    work: (ports: ReturnType<typeof portsOf>, actor: WorldActor) => Promise<T>,
    done: (result: { value: T } | { error: unknown }, actor: WorldActor) => void = () => undefined,
  ): void => {
    const actor: WorldActor = { kind, dead: false, stale: 0, armed: 0, deferred: 0 };
    work(portsOf(actor), actor).then(
      (value) => law(() => done({ value }, actor)),
      (error: unknown) => law(() => done({ error }, actor)),
    );
  };

  const take = (queue: 'delivery' | 'schedule', message: QueueMessage): void => {
    message.visibleAt = clock.real() + VISIBILITY_MS;
    message.receives += 1;
    if (message.receives <= RECEIVES_MAX) return;
    remove(queue, message);
    queues.dead.push({ ...message, receives: 0, visibleAt: 0 });
  };
  const remove = (queue: keyof typeof queues, message: QueueMessage): void => {
    queues[queue] = queues[queue].filter((each) => each !== message);
  };

  const deliver = (body: DeliverMessage, acknowledge: () => void): void => {
    const began = clock.real();
    const remainingMs = () => 30_000 - (clock.real() - began);
    begin(
      'deliver',
      (ports) => makeDeliveryService(ports).deliver(body, { remainingMs, tenant: TENANT }),
      (result, actor) => {
        if ('error' in result) return;
        acknowledge();
        const left = memory.read(body.id)?.lease;
        assert.ok(
          actor.lease || actor.stale || actor.armed || actor.deferred || left !== undefined || wasLeased(body),
          'a timer that does nothing is counted',
        );
      },
    );
  };
  /** A message lost to a lease that has been finished since its answer was read. */
  const wasLeased = (body: DeliverMessage): boolean => memory.read(body.id)?.firstClaimedAt !== undefined;

  const schedule = (body: ScheduleMessage, acknowledge: () => void): void =>
    begin(
      'schedule',
      (ports) => makeScheduleService(ports).handle(body),
      (result) => ('value' in result ? acknowledge() : undefined),
    );

  const receive = (queue: 'delivery' | 'schedule', message: QueueMessage): void => {
    take(queue, message);
    if (!queues[queue].includes(message)) return;
    const { body } = message;
    const acknowledge = () => remove(queue, message);
    if (body.kind === 'deliver') deliver(body, acknowledge);
    else schedule(body, acknowledge);
  };

  const receiveDead = (message: QueueMessage): void => {
    message.visibleAt = clock.real() + VISIBILITY_MS;
    const { body } = message;
    begin(
      'returned',
      async (ports) => {
        if (body.kind === 'unschedule') return;
        const { apply, writeContext } = makeChanges(ports);
        await apply(await ports.notifications.get(body.id), (item) => returned(item, body, writeContext()));
      },
      (result) => ('value' in result ? remove('dead', message) : undefined),
    );
  };

  return {
    ...base,
    checkpoints,
    queues,
    entries,
    recorder,
    history,
    nextAnswer,
    nextEntry,
    begin,
    deliver,
    receive,
    receiveDead,
    ready: (queue: keyof typeof queues): QueueMessage[] =>
      queues[queue].filter(({ availableAt, visibleAt }) => availableAt <= clock.now() && visibleAt <= clock.real()),
    fire: (name: string): void => {
      const entry = entries.get(name);
      entries.delete(name);
      if (entry) enqueue('delivery', entry.message);
    },
    reconcile: (): void =>
      begin('reconcile', (ports) => makeReconcileService(ports).pass({ remainingMs: () => 30_000 })),
    api: <T>(
      work: (service: ReturnType<typeof makeNotificationService>) => Promise<T>,
      done?: (result: { value: T } | { error: unknown }) => void,
    ): void => begin('api', (ports) => work(makeNotificationService(ports)), done),
  };
};
export type World = ReturnType<typeof makeWorld>;
