/** The worker's verb: turns an accepted event into notifications. Crash-safe between any two writes, harmless when repeated. */
import { ServiceError } from './errors.ts';
import type { EventChangePorts } from './event-changes.ts';
import { makeEventChanges } from './event-changes.ts';
import type { Caused } from './event-machine.ts';
import { processed, rejected } from './event-machine.ts';
import { makeHandOff } from './hand-off.ts';
import type { Effect, Policy } from './notification-machine.ts';
import { create } from './notification-machine.ts';
import type { NotificationStore, TimerPort } from './ports.ts';
import type { RecipientOptions } from './recipient.ts';
import type { DraftDue } from './rule.ts';
import { applyRules } from './rule.ts';

export interface EventProcessPorts extends EventChangePorts {
  notifications: Pick<NotificationStore, 'create'>;
  timer: TimerPort;
  policy: Policy;
  recipients: RecipientOptions;
}

export const makeEventProcessService = (ports: EventProcessPorts) => {
  const { events, metrics } = ports;
  const { apply } = makeEventChanges(ports);
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

  return {
    /**
     * Rules, then notifications, then the event's own record, then the timers: whichever fires first, a notification that
     * ends finds its event processed. A crash in between is repeated by SQS or the reconciler. Throws when a store does.
     */
    process: async (id: string): Promise<void> => {
      const event = await events.get(id);
      if (event?.status !== 'ACCEPTED') return;
      const applied = applyRules(event, ports.recipients);
      if ('rejected' in applied) {
        await apply(event, (current, on) => rejected(current, applied.rejected, on));
        return;
      }
      const made = await Promise.all(applied.drafts.map(cause));
      const caused = made.map((one) => one.caused);
      await apply(event, (current, on) => processed(current, caused, on));
      await handOff(made.flatMap((one) => one.effects));
    },
  };
};
