/**
 * How one record is erased, whatever workers do to it meanwhile: every step of it is a conditional
 * write of its own.
 */

import type { AddressOptions } from '../channels/declaration.ts';
import type { DeadLetterStore, RawMessage } from '../dead-letters/dead-letter.ts';
import { type EventChangePorts, makeEventChanges } from '../events/changes.ts';
import type { Event } from '../events/event.ts';
import { applyRules } from '../events/rule.ts';
import { type Caused, processed } from '../events/state/event-state.ts';
import { type ChangePorts, makeChanges } from '../notifications/changes.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import { makeScheduleChanges } from '../schedules/changes.ts';
import type { ScheduleStore } from '../schedules/repository.ts';
import type { Schedule } from '../schedules/schedule.ts';
import { erase as eraseSchedule } from '../schedules/state/commands.ts';
import { type Eraser, isErased } from '../store/erased.ts';
import { contended, ROUNDS_MAX, replaceIn, updateItem } from '../store/update-item.ts';
import type { ErasureJob } from './erasure-job.ts';
import { createErased, ended, erase, eraseEvent, eraseMessage } from './state/erasure-state.ts';

export interface RecordPorts extends ChangePorts, Omit<EventChangePorts, 'events' | 'policy'> {
  events: EventChangePorts['events'];
  deadLetters: Pick<DeadLetterStore, 'messages'>;
  recipients: AddressOptions;
  schedules: ScheduleStore;
}

/**
 * `canceled`: erased, and still open when the job began. `claimed`: a worker is sending it. `left`:
 * not there, or another job's.
 */
export type Outcome = 'erased' | 'canceled' | 'claimed' | 'left';
export type Task = Eraser & { job: ErasureJob };

/** What a job has erased says so: a page that is repeated after a crash counts the same. */
export const isOurs = ({ job }: Task, item: { erasedBy?: string } | undefined): boolean => item?.erasedBy === job.id;

const outcomeOf = (task: Task, item: Notification): Outcome => {
  if (!isOurs(task, item)) return 'left';
  return (item.endedAt ?? 0) >= task.job.createdAt ? 'canceled' : 'erased';
};

export const makeRecordEraser = (ports: RecordPorts) => {
  const { apply, writeContext } = makeChanges(ports);
  const eventChanges = makeEventChanges(ports);
  const scheduleChanges = makeScheduleChanges(ports);

  /** Stop, close a lapsed claim, erase; and again for what others open meanwhile. */
  const eraseNotification = async (task: Task, found: Notification | undefined): Promise<Outcome> => {
    let item = found;
    for (let round = 0; round < ROUNDS_MAX && item; round += 1) {
      if (isOpen(item)) {
        const { item: after, moved } = await apply(item, (current) => ended(current, writeContext()));
        if (after && isOpen(after) && !moved) return 'claimed';
        item = after;
      } else {
        const { item: after } = await apply(item, (current) => erase(current, task, writeContext()));
        if (after && !isOpen(after)) return outcomeOf(task, after);
        item = after;
      }
    }
    if (item) throw contended();
    return 'left';
  };

  /**
   * What an unprocessed event would still cause is put in its place, canceled; what is there
   * already is erased as it is.
   */
  const cause = async (task: Task, event: Event): Promise<Caused[]> => {
    const applied = applyRules(event, ports.recipients);
    if ('rejected' in applied) return [];
    return Promise.all(
      applied.drafts.map(async (drafted): Promise<Caused> => {
        const { id } = drafted.draft;
        const made = await ports.notifications.create(createErased(drafted, task, writeContext()));
        if (!made.written) await eraseNotification(task, made.current);
        const item = made.written ? made.item : await ports.notifications.get(id);
        return { id, ...(item?.expiresAt !== undefined && { expiresAt: item.expiresAt }) };
      }),
    );
  };

  const process = async (task: Task, event: Event): Promise<Event | undefined> => {
    const caused = await cause(task, event);
    return (await eventChanges.apply(event, (current, on) => processed(current, caused, on))).event;
  };

  return {
    notification: eraseNotification,

    /** With the notifications it caused: by their ids, which no index trails. */
    event: async (task: Task, found: Event | undefined): Promise<Outcome> => {
      let event = found;
      for (let round = 0; round < ROUNDS_MAX && event; round += 1) {
        const done: Event | undefined = event.status === 'ACCEPTED' ? await process(task, event) : event;
        const outcomes: Outcome[] = [];
        for (const id of done?.notifications ?? [])
          outcomes.push(await eraseNotification(task, await ports.notifications.get(id)));
        // It may be younger than what the walk covers: the event, which knows it, is taken up again
        // in its place.
        if (outcomes.includes('claimed')) return 'claimed';
        event = (await eventChanges.apply(done, (current, on) => eraseEvent(current, task, on))).event;
        if (event && event.status !== 'ACCEPTED') return isOurs(task, event) ? 'erased' : 'left';
      }
      if (event) throw contended();
      return 'left';
    },

    /** The occurrence that is planned is canceled with it; its notification's turn comes later. */
    schedule: async (task: Task, found: Schedule): Promise<Outcome> => {
      const { after } = await updateItem(replaceIn(ports.schedules), found, (schedule) =>
        eraseSchedule(schedule, task, scheduleChanges.stamp()),
      );
      return isOurs(task, await scheduleChanges.settle(after)) ? 'erased' : 'left';
    },

    message: async (task: Task, found: RawMessage): Promise<Outcome> => {
      const { after } = await updateItem(replaceIn(ports.deadLetters.messages), found, (message) =>
        isErased(message) ? message : eraseMessage(message, task, writeContext()),
      );
      return isOurs(task, after) ? 'erased' : 'left';
    },
  };
};
