/**
 * The worker's verb: creates the notifications of an accepted event. Crash-safe between any two
 * writes, harmless when repeated.
 */
import type { AddressOptions } from '../../channels/declaration.ts';
import { endpointErrors } from '../../endpoints/find.ts';
import type { EndpointStore } from '../../endpoints/repository.ts';
import { type FenceCheckPorts, makeFenceCheck } from '../../fences/check.ts';
import { writeContextOf } from '../../notifications/changes.ts';
import { makeHandOff } from '../../notifications/hand-off.ts';
import { isOpen } from '../../notifications/notification.ts';
import type { NotificationStore } from '../../notifications/repository.ts';
import type { Effect, Policy } from '../../notifications/state/client-commands.ts';
import { create } from '../../notifications/state/client-commands.ts';
import type { TimerPort } from '../../notifications/timer.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { beingRemoved } from '../../store/item-store.ts';
import { linkToTrace, sampledTrace } from '../../telemetry/tracing.ts';
import type { EventChangePorts } from '../changes.ts';
import { makeEventChanges } from '../changes.ts';
import type { Event } from '../event.ts';
import { type Applied, applyRules, type DraftDue, rejection } from '../rule.ts';
import type { Caused } from '../state/event-state.ts';
import { processed, rejected } from '../state/event-state.ts';

export interface EventProcessPorts extends EventChangePorts {
  endpoints: Pick<EndpointStore, 'get'>;
  notifications: Pick<NotificationStore, 'create'>;
  fences: FenceCheckPorts['fences'];
  timer: TimerPort;
  policy: Policy;
  recipients: AddressOptions;
}

export const makeEventProcessService = (ports: EventProcessPorts) => {
  const { events, metrics } = ports;
  const { apply } = makeEventChanges(ports);
  const handOff = makeHandOff(ports);
  const fenceCheck = makeFenceCheck(ports);

  /**
   * Its id derives from event and rule: one that is there already was made by an earlier try, and
   * has its own timer.
   */
  const cause = async ({ draft, due }: DraftDue, event: Event): Promise<{ caused: Caused; effects: Effect[] }> => {
    const { sendAt } = due;
    const fences = await fenceCheck.around(draft);
    const fence = fences.covering({ ...draft, sendAt, acceptedAt: event.createdAt });
    const traced = { ...draft, ...omitUndefined({ trace: sampledTrace() }) };
    const step = create(traced, due, writeContextOf(ports), fence?.jobId);
    fences.checkStall();
    const result = await ports.notifications.create(step.next);
    if (result.written) {
      metrics.notificationCreated({ type: draft.type });
      if (!isOpen(step.next)) metrics.notificationCanceled();
      return { caused: { id: draft.id }, effects: step.effects };
    }
    if (!result.current) throw beingRemoved();
    const { expiresAt } = result.current;
    return { caused: { id: draft.id, ...(expiresAt !== undefined && { expiresAt }) }, effects: [] };
  };

  /** The rules, and whether the endpoints that they name exist. */
  const applied = async (event: Event): Promise<Applied> => {
    const outcome = applyRules(event, ports.recipients);
    if ('rejected' in outcome) return outcome;
    const errors = await Promise.all(outcome.drafts.map(({ draft }) => endpointErrors(ports.endpoints, draft)));
    return errors.flat().length > 0 ? rejection(errors.flat()) : outcome;
  };

  return {
    /**
     * Rules, then notifications, then the event's own record, then the timers: whichever fires
     * first, a notification that ends finds its event processed. A crash in between is repeated by
     * SQS or the reconciler. Throws when a store does.
     */
    process: async (id: string): Promise<void> => {
      const event = await events.get(id);
      if (event?.status !== 'ACCEPTED') return;
      linkToTrace(event.trace);
      const outcome = await applied(event);
      if ('rejected' in outcome) {
        await apply(event, (current, on) => rejected(current, outcome.rejected, on));
        return;
      }
      const made = await Promise.all(outcome.drafts.map((draft) => cause(draft, event)));
      const caused = made.map((one) => one.caused);
      await apply(event, (current, on) => processed(current, caused, on));
      await handOff(made.flatMap((one) => one.effects));
    },
  };
};
