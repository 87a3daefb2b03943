/** How a step of the event's machine becomes true: one conditional write, then counts, then the hand-off. */
import { makeBestEffort } from '../notifications/hand-off.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { Retention } from '../store/retention.ts';
import { replaceIn, updateItem } from '../store/update-item.ts';
import type { WorkQueues } from '../store/work-queues.ts';
import type { Log } from '../telemetry/log-interface.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Event } from './event.ts';
import type { EventStore } from './repository.ts';
import type { EventEffect, EventStep, EventWriteContext } from './state/event-state.ts';
import { check, redrive, returned } from './state/event-state.ts';

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
   * Decides on the event as it is, and again when another writer was faster. Answers the event
   * after the step, undefined when there is none. Throws `unavailable` under endless contention,
   * and what the store throws.
   */
  const apply = async (
    current: Event | undefined,
    decide: (event: Event, on: EventWriteContext) => EventStep,
  ): Promise<{ event: Event | undefined; moved: boolean }> => {
    let step = undefined as EventStep | undefined;
    const { before, after, isWritten } = await updateItem(replaceIn(events), current, (event) => {
      step = decide(event, writeContext());
      return step.next;
    });
    if (isWritten && before && after) {
      count(before, after);
      await handOff(step?.effects ?? []);
    }
    return { event: after, moved: isWritten };
  };

  const byId =
    (decide: (event: Event, on: EventWriteContext) => EventStep) =>
    async (id: string): Promise<boolean> =>
      (await apply(await events.get(id), decide)).moved;

  return {
    apply,
    /** For the reconciler: true when an event that was due to be checked is processed again. */
    check: byId(check),
    /** For the dead-letter queue, which gave a message of this event back; true when that was recorded. */
    returned: byId(returned),
    /** A rejected event gets another chance; true when it was rejected until now. */
    redrive: byId(redrive),
  };
};
