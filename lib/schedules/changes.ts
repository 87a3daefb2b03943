/**
 * How a schedule's mark becomes true: the notification first, by conditional writes of its own, then
 * the schedule without its mark. Each of it can be repeated, by whom ever, after any crash.
 */
import { type ChangePorts, makeChanges } from '../notifications/changes.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import * as machine from '../notifications/state/client-commands.ts';
import { beingRemoved } from '../store/item-store.ts';
import { contended, ROUNDS_MAX } from '../store/update-item.ts';
import { draftOf, occurrenceId } from './occurrence.ts';
import type { ScheduleStore } from './repository.ts';
import type { Occurrence, Outcome, Schedule } from './schedule.ts';
import { settled } from './state/commands.ts';
import { isMissed, type ScheduleWriteContext } from './state/plan.ts';

export interface ScheduleChangePorts extends ChangePorts {
  schedules: ScheduleStore;
}

export const makeScheduleChanges = (ports: ScheduleChangePorts) => {
  const { schedules, notifications, metrics, clock } = ports;
  const { apply, handOff, writeContext } = makeChanges(ports);

  const stamp = (): ScheduleWriteContext => ({ now: clock.now(), writeId: ports.random.token(), policy: ports.policy });

  /** Undefined where it is written: there was none yet. */
  const make = async (schedule: Schedule, occurrence: Occurrence): Promise<{ made: Outcome } | { found: Notification }> => {
    const { draft, due } = draftOf(schedule, occurrence);
    const on = writeContext();
    const isMissing = schedule.mark !== 'cancel' && isMissed(schedule, on.now);
    const isCanceled = schedule.mark === 'cancel' || isMissing;
    const step = isCanceled ? machine.createCanceled(draft, due, on, isMissing ? 'past' : undefined) : machine.create(draft, due, on);
    const result = await notifications.create(step.next);
    if (!result.written) {
      if (!result.current) throw beingRemoved();
      return { found: result.current };
    }
    metrics.notificationCreated({ type: draft.type });
    if (isCanceled) metrics.notificationCanceled();
    await handOff(step.effects);
    return { made: isCanceled ? 'canceled' : 'changed' };
  };

  return { stamp };
};
