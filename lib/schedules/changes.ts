/**
 * How a schedule's mark becomes true: the notification first, by conditional writes of its own, then
 * the schedule without its mark. All of it may be repeated, by several at once, and after any crash.
 */
import { type ChangePorts, makeChanges } from '../notifications/changes.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import * as machine from '../notifications/state/client-commands.ts';
import { beingRemoved } from '../store/item-store.ts';
import { contended, ROUNDS_MAX } from '../store/update-item.ts';
import type { Content } from './content.ts';
import { draftOf, occurrenceId, rewritten } from './occurrence.ts';
import type { ScheduleStore } from './repository.ts';
import type { Occurrence, Outcome, Schedule } from './schedule.ts';
import { settled } from './state/commands.ts';
import { isMissed, type ScheduleWriteContext } from './state/plan.ts';

export interface ScheduleChangePorts extends ChangePorts {
  schedules: ScheduleStore;
}

/** A schedule with a mark: it has an occurrence, and something to say. */
interface Marked {
  schedule: Schedule;
  occurrence: Occurrence;
  content: Content;
}

const markedOf = (schedule: Schedule | undefined): Marked | undefined => {
  if (!schedule?.mark || !schedule.occurrence || !schedule.content) return undefined;
  return { schedule, occurrence: schedule.occurrence, content: schedule.content };
};

export const makeScheduleChanges = (ports: ScheduleChangePorts) => {
  const { schedules, notifications, clock, policy, random } = ports;
  const { apply, countCreated, handOff, writeContext } = makeChanges(ports);

  const stamp = (): ScheduleWriteContext => ({ now: clock.now(), writeId: random.token(), policy });

  /** What is to be there where nothing is yet: canceled, where it is not to be sent. */
  const firstOf = ({ schedule, occurrence, content }: Marked): machine.Moved => {
    const on = writeContext();
    const { draft, due } = draftOf(schedule, occurrence, content);
    const isSkipped = schedule.mark !== 'cancel' && isMissed(schedule, on.now);
    const made = machine.create(draft, { ...due, ...(isSkipped && { isSkipped }) }, on);
    if (schedule.mark !== 'cancel') return made;
    const step = machine.cancel(made.next, on);
    return { moved: true, next: 'refused' in step ? made.next : step.next, effects: [] };
  };

  /** Wins only where nothing is; else what is there. */
  const create = async (work: Marked): Promise<{ item: Notification; isNew: boolean }> => {
    const step = firstOf(work);
    const result = await notifications.create(step.next);
    if (result.written) {
      countCreated(step.next);
      await handOff(step.effects);
      return { item: step.next, isNew: true };
    }
    if (!result.current) throw beingRemoved();
    return { item: result.current, isNew: false };
  };

  /** A later edit may have been carried out before this one read the occurrence: then it must not undo it. */
  const isOvertaken = async ({ schedule }: Marked): Promise<boolean> =>
    (await schedules.get(schedule.id))?.writeId !== schedule.writeId;

  const decide = async (work: Marked, item: Notification): Promise<machine.Step | undefined> => {
    const isCancel = work.schedule.mark === 'cancel';
    if (!isCancel && (await isOvertaken(work))) return undefined;
    const on = writeContext();
    const step = isCancel ? machine.cancel(item, on) : machine.edit(item, { item: rewritten(item, work.content) }, on);
    return 'refused' in step ? undefined : step;
  };

  const carryOut = async (work: Marked): Promise<Outcome> => {
    const { schedule, occurrence } = work;
    const id = occurrenceId(schedule, occurrence);
    let item = occurrence.made ? await notifications.get(id) : undefined;
    if (!occurrence.made) {
      const made = await create(work);
      item = made.item;
      if (made.isNew || schedule.mark === 'make') return isOpen(item) ? 'changed' : 'canceled';
    }
    const { item: after } = await apply(item, (current) => decide(work, current));
    // It has ended long ago: before its time it can only have been canceled.
    if (!after) return occurrence.at > clock.now() ? 'canceled' : 'too_late';
    if (after.firstClaimedAt !== undefined) return 'too_late';
    return isOpen(after) ? 'changed' : 'canceled';
  };

  return {
    stamp,

    /**
     * Carries out what is marked, until nothing is: what one mark leads to, and what others mark
     * meanwhile. Answers the schedule as it is then; undefined when there is none.
     */
    settle: async (found: Schedule | undefined): Promise<Schedule | undefined> => {
      let current = found;
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        const work = markedOf(current);
        if (!work) return current;
        const outcome = await carryOut(work);
        const next = settled(work.schedule, outcome, stamp());
        const result = await schedules.replace(next, work.schedule.writeId);
        current = result.written ? next : result.current;
      }
      throw contended();
    },
  };
};
