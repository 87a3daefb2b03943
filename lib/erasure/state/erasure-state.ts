/**
 * What erasure does to a record, pure. What is open ends first by its own state machine; what has ended loses everything that
 * a client gave but its type and times, and stays as a tombstone: ids, states, counts and times.
 */
import type { RawMessage } from '../../dead-letters/dead-letter.ts';
import type { Event } from '../../events/event.ts';
import type { DraftDue } from '../../events/rule.ts';
import type { EventCircumstances, EventStep } from '../../events/state/event-state.ts';
import { isOpen, type Notification } from '../../notifications/notification.ts';
import {
  type Circumstances,
  create,
  mapChannels,
  type Step,
  same,
  stop,
  write,
} from '../../notifications/state/client-commands.ts';
import { takeOver } from '../../notifications/state/worker-steps.ts';

/** Instead of a recipient. No channel takes it for one. */
export const ERASED = 'erased';

export interface Eraser {
  jobId: string;
  /** Whether an id that a client gave is itself what is to be erased, or holds it. */
  names(text: string): boolean;
  /** Random: what stands in for it, so that the rows of one entity do not become another's. */
  token(): string;
}

/** One step towards the end: stopped at once; a claim that has lapsed is closed. `same` while a worker is sending, or at the end. */
export const ended = (item: Notification, on: Circumstances): Step => {
  if (!isOpen(item)) return same(item);
  const stopped = stop(item, on);
  if ('moved' in stopped && stopped.moved) return stopped;
  return takeOver(item, on) ?? same(item);
};

export const isErased = (item: { erasedAt?: number }): boolean => item.erasedAt !== undefined;

export const erase = (item: Notification, by: Eraser, on: Circumstances): Step => {
  const isEntity = by.names(item.entityId);
  if (isOpen(item) || (isErased(item) && !isEntity)) return same(item);
  const { subject: _, body: __, data: ___, fingerprint: ____, trace: _____, ...kept } = item;
  const next = write(kept, on, {
    entityId: isEntity ? `${ERASED}-${by.token()}` : item.entityId,
    channels: mapChannels(item, ({ redirectedTo: _, ...channel }) => ({ ...channel, to: ERASED })),
    version: item.version + 1,
    erasedAt: on.now,
    erasedBy: by.jobId,
  });
  return { moved: true, next, effects: [] };
};

/**
 * What an event that is not processed yet would cause, canceled and erased from the first: a worker that has read the event
 * already finds it in its place, and makes nothing.
 */
export const stillborn = ({ draft, due }: DraftDue, by: Eraser, on: Circumstances): Notification =>
  erase(ended(create(draft, due, on).next, on).next, by, on).next;

export const eraseEvent = (event: Event, by: Eraser, on: Pick<EventCircumstances, 'now' | 'writeId'>): EventStep => {
  if (event.status === 'ACCEPTED' || isErased(event)) return { moved: false, next: event, effects: [] };
  const { subject: _, extensions: __, fingerprint: ___, trace: ____, sourceId, source, ...kept } = event;
  const next: Event = {
    ...kept,
    ...(sourceId !== undefined && !by.names(sourceId) && { sourceId }),
    source: by.names(source) ? `${ERASED}-${by.token()}` : source,
    payload: {},
    erasedAt: on.now,
    erasedBy: by.jobId,
    updatedAt: on.now,
    writeId: on.writeId,
  };
  return { moved: true, next, effects: [] };
};

/** Without its body there is nothing to send again: a redrive counts it as failed. */
export const eraseMessage = (message: RawMessage, by: Eraser, on: { now: number; writeId: string }): RawMessage => {
  const { body: _, ...kept } = message;
  return { ...kept, erasedAt: on.now, erasedBy: by.jobId, writeId: on.writeId };
};
