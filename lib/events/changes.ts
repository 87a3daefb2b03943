/** How a step of the event's machine becomes true: one conditional write, then counts, then the hand-off. */
import { ServiceError } from '../errors.ts';
import { makeBestEffort } from '../notifications/hand-off.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { Retention } from '../store/retention.ts';
import type { WorkQueues } from '../store/work-queues.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Event } from './event.ts';
import type { EventStore } from './repository.ts';
import type { EventEffect, EventStep, EventWriteContext } from './state/event-state.ts';
import { check, redrive, returned } from './state/event-state.ts';

/** Rounds of read, decide and write before a contended event counts as unavailable. */
const ROUNDS_MAX = 20;

export interface EventChangePorts {
  events: EventStore;
  queues: Pick<WorkQueues, 'processEvents'>;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  log: Log;
  policy: Retention;
}

export const makeEventChanges = (ports: EventChangePorts) => {
  const { events, metrics } = ports;
  const bestEffort = makeBestEffort(ports);

  const writeContext = (): EventWriteContext => ({
    now: ports.clock.now(),
    writeId: ports.random.token(),
    policy: ports.policy,
  });

  const handOff = async (effects: EventEffect[]): Promise<void> => {
    await Promise.all(effects.map((event) => bestEffort('process', event.id, ports.queues.processEvents([event]))));
  };

  const count = (before: Event, after: Event): void => {
    if (before.status !== 'ACCEPTED' || after.status === 'ACCEPTED') return;
    metrics.eventProcessed({ outcome: after.status === 'REJECTED' ? 'rejected' : 'processed' });
    if (after.status === 'REJECTED') metrics.deadLetter({ kind: 'message' });
  };

  /**
   * Decides on the event as it is, and again when another writer was faster. Answers the event after the step, undefined
   * when there is none. Throws `unavailable` under endless contention, and what the store throws.
   */
  const apply = async (
    current: Event | undefined,
    decide: (event: Event, on: EventWriteContext) => EventStep,
  ): Promise<{ event: Event | undefined; moved: boolean }> => {
    let event = current;
    for (let round = 0; round < ROUNDS_MAX && event; round += 1) {
      const step = decide(event, writeContext());
      if (!step.moved) return { event, moved: false };
      const result = await events.replace(step.next, event.writeId);
      if (result.written) {
        count(event, step.next);
        await handOff(step.effects);
        return { event: step.next, moved: true };
      }
      event = result.current;
    }
    if (!event) return { event: undefined, moved: false };
    throw new ServiceError('unavailable', 'The event is being changed by many at once; try again', {
      headers: { 'retry-after': '1' },
    });
  };

  const byId =
    (decide: (event: Event, on: EventWriteContext) => EventStep) =>
    async (id: string): Promise<boolean> =>
      (await apply(await events.get(id), decide)).moved;

  return {
    apply,
    /** For the reconciler: true when an event whose mark is old was put back on the road. */
    check: byId(check),
    /** For the dead-letter queue, which gave a message of this event back; true when that was recorded. */
    returned: byId(returned),
    /** A rejected event gets another chance; true when it was rejected until now. */
    redrive: byId(redrive),
  };
};
