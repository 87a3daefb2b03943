/** The worker's verb: turns an accepted event into notifications. Crash-safe between any two writes, harmless when repeated. */
import { ServiceError } from './errors.ts';
import type { Event } from './event.ts';
import type { Caused, EventCircumstances, EventStep } from './event-machine.ts';
import { processed, rejected } from './event-machine.ts';
import { makeHandOff } from './hand-off.ts';
import type { Effect, Policy } from './notification-machine.ts';
import { create } from './notification-machine.ts';
import type { Clock, EventStore, Log, Metrics, NotificationStore, Random, TimerPort } from './ports.ts';
import type { RecipientOptions } from './recipient.ts';
import type { DraftDue } from './rule.ts';
import { applyRules } from './rule.ts';

/** Rounds against the reconciler's touches, the only other writer of an accepted event. */
const ROUNDS_MAX = 5;

export interface EventProcessPorts {
  events: EventStore;
  notifications: Pick<NotificationStore, 'create'>;
  timer: TimerPort;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  policy: Policy;
  recipients: RecipientOptions;
}

interface Outcome {
  /** What becomes of the event. */
  step(event: Event, on: EventCircumstances): EventStep;
  /** What is handed on once that is recorded. */
  effects: Effect[];
}

export const makeEventProcessService = (ports: EventProcessPorts) => {
  const { events, metrics } = ports;
  const handOff = makeHandOff(ports);

  const circumstances = () => ({
    now: ports.clock.now(),
    real: ports.clock.real(),
    writeId: ports.random.token(),
    fraction: ports.random.fraction,
    policy: ports.policy,
  });

  /** Its id derives from event and rule: one that is there already was made by an earlier try, and has its own timer. */
  const cause = async ({ draft, due }: DraftDue): Promise<{ caused: Caused; effects: Effect[] }> => {
    const step = create(draft, due, circumstances());
    const result = await ports.notifications.create(step.next);
    if (result.written) {
      metrics.notificationCreated({ type: draft.type });
      return { caused: { id: draft.id }, effects: step.effects };
    }
    if (!result.current) throw new ServiceError('unavailable', 'The notification is being removed');
    const { expiresAt } = result.current;
    return { caused: { id: draft.id, ...(expiresAt !== undefined && { expiresAt }) }, effects: [] };
  };

  const outcomeOf = async (event: Event): Promise<Outcome> => {
    const applied = applyRules(event, ports.recipients);
    if ('rejected' in applied) {
      return { step: (current, on) => rejected(current, applied.rejected, on), effects: [] };
    }
    const made = await Promise.all(applied.drafts.map(cause));
    const caused = made.map((one) => one.caused);
    return { step: (current, on) => processed(current, caused, on), effects: made.flatMap((one) => one.effects) };
  };

  const count = (event: Event): void => {
    const outcome = event.status === 'REJECTED' ? 'rejected' : 'processed';
    metrics.eventProcessed({ outcome });
    if (outcome === 'rejected') metrics.deadLetter({ kind: 'message' });
  };

  /** Until the event is recorded, by us or by another worker that did the same. */
  const record = async (event: Event, step: Outcome['step']): Promise<void> => {
    let current: Event | undefined = event;
    for (let round = 0; round < ROUNDS_MAX && current; round += 1) {
      const moved = step(current, circumstances());
      if (!moved.moved) return;
      const result = await events.replace(moved.next, current.writeId);
      if (result.written) return count(moved.next);
      current = result.current;
    }
    if (current) throw new ServiceError('unavailable', 'The event is being changed by many at once');
  };

  return {
    /**
     * Rules, then notifications, then the event's own record, then the timers: whoever fires first, a notification's end
     * finds its event processed. A crash in between is repeated by SQS or the reconciler. Throws when the stores do.
     */
    process: async (id: string): Promise<void> => {
      const event = await events.get(id);
      if (event?.status !== 'ACCEPTED') return;
      const { step, effects } = await outcomeOf(event);
      await record(event, step);
      await handOff(effects);
    },
  };
};

export type EventProcessService = ReturnType<typeof makeEventProcessService>;
