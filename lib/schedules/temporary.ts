import type { Due } from '../notifications/due-time.ts';
import type { Draft, Notification } from '../notifications/notification.ts';
import {
  cancel,
  canReschedule,
  create,
  type Moved,
  type Refused,
  type WriteContext,
  write,
} from '../notifications/state/client-commands.ts';

export const edit = (item: Notification, edited: { item: Notification }, on: WriteContext): Moved | Refused =>
  canReschedule(item) ?? { moved: true, next: write(edited.item, on, { version: item.version + 1 }), effects: [] };

export const createSkipped = (draft: Draft, due: Due, on: WriteContext): Moved => {
  const step = cancel(create(draft, due, on).next, on);
  if ('refused' in step) throw new Error('refused');
  return { moved: true, next: { ...step.next, statusReason: 'past' }, effects: [] };
};
