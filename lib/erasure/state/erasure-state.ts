/**
 * What erasure does to a record, pure. What is open ends first by its own state machine. What has
 * ended loses what its noun classifies as personal (`notificationFields`, `eventFields`,
 * `rawMessageFields`), and stays as a tombstone.
 */
import { type RawMessage, rawMessageFields } from '../../dead-letters/dead-letter.ts';
import { type Event, eventFields } from '../../events/event.ts';
import type { DraftDue } from '../../events/rule.ts';
import type { EventStep, EventWriteContext } from '../../events/state/event-state.ts';
import { isOpen, type Notification, notificationFields } from '../../notifications/notification.ts';
import { create, type Step, same, stop, type WriteContext, write } from '../../notifications/state/client-commands.ts';
import { takeOver } from '../../notifications/state/worker-steps.ts';
import { type Eraser, isErased } from '../../store/erased.ts';
import { erased } from '../../store/fields.ts';

/**
 * One step towards the end: stopped at once; a lapsed claim is closed. `same` while a worker is
 * sending, and at the end.
 */
export const ended = (item: Notification, context: WriteContext): Step => {
  if (!isOpen(item)) return same(item);
  const stopped = stop(item, context);
  if ('moved' in stopped && stopped.moved) return stopped;
  return takeOver(item, context) ?? same(item);
};

const isNamedBy = ({ entityId, group }: Notification, by: Eraser): boolean =>
  by.names(entityId) || (group !== undefined && by.names(group));

export const erase = (item: Notification, by: Eraser, context: WriteContext): Step => {
  if (isOpen(item) || (isErased(item) && !isNamedBy(item, by))) return same(item);
  const next = write(erased(notificationFields, item, by), context, {
    version: item.version + 1,
    erasedAt: context.now,
    erasedBy: by.jobId,
  });
  return { moved: true, next, effects: [] };
};

/**
 * What an event that is not processed yet would cause, created canceled and erased: a worker that
 * has read the event already finds it and creates nothing.
 */
export const createErased = ({ draft, due }: DraftDue, by: Eraser, context: WriteContext): Notification =>
  erase(ended(create(draft, due, context).next, context).next, by, context).next;

export const eraseEvent = (
  event: Event,
  by: Eraser,
  context: Pick<EventWriteContext, 'now' | 'writeId'>,
): EventStep => {
  if (event.status === 'ACCEPTED' || isErased(event)) return { moved: false, next: event, effects: [] };
  const { now, writeId } = context;
  const next = { ...erased(eventFields, event, by), erasedAt: now, erasedBy: by.jobId, updatedAt: now, writeId };
  return { moved: true, next, effects: [] };
};

/** Without its body there is nothing to send again: a redrive counts it as failed. */
export const eraseMessage = (
  message: RawMessage,
  by: Eraser,
  context: { now: number; writeId: string },
): RawMessage => ({
  ...erased(rawMessageFields, message, by),
  erasedAt: context.now,
  erasedBy: by.jobId,
  writeId: context.writeId,
});
