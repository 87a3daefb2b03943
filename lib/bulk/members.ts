/** Which notifications a command is about: what matches, was accepted by `asOf`, and was open then. */
import { forEachParallel } from '../concurrency/for-each-parallel.ts';
import type { EventStore } from '../events/repository.ts';
import { isOpen, type Notification } from '../notifications/notification.ts';
import { matcherOf } from '../notifications/queries.ts';
import type { NotificationStore } from '../notifications/repository.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import type { Page } from '../store/page.ts';
import type { Selector } from './command.ts';

const PAGE = 100;
const PARALLEL = 10;

export interface MemberPorts {
  notifications: Pick<NotificationStore, 'list'>;
  events: Pick<EventStore, 'get'>;
}

export interface Command {
  tenant: string;
  selector: Selector;
  /** Epoch ms. */
  asOf: number;
  /** Whether it covers what events accepted by `asOf` have caused since. */
  withCaused: boolean;
}

/** What a client has edited or retried since is its later word. */
export const isEditedSince = ({ editedAt = 0 }: Pick<Notification, 'editedAt'>, asOf: number): boolean =>
  editedAt > asOf;

/** Whether it is about the notification, as that is now. */
export const isSelected = ({ entityId, group, type, dueAfter, dueBefore }: Selector, item: Notification): boolean =>
  (entityId === undefined || item.entityId === entityId) &&
  (group === undefined || item.group === group) &&
  (type === undefined || item.type === type) &&
  matcherOf({ status: undefined, due_after: dueAfter, due_before: dueBefore })(item);

const wasOpen = (item: Notification, asOf: number): boolean => isOpen(item) || (item.endedAt ?? 0) >= asOf;

export const makeMembers = ({ notifications, events }: MemberPorts) => {
  const isAccepted = async (item: Notification, { asOf }: Command): Promise<boolean> => {
    if (item.createdAt <= asOf) return true;
    const event = item.eventId === undefined ? undefined : await events.get(item.eventId);
    return event !== undefined && event.createdAt <= asOf;
  };

  const acceptedOf = async (items: Notification[], command: Command): Promise<Notification[]> => {
    const accepted = new Set<string>();
    await forEachParallel(items, PARALLEL, async (item) => {
      if (await isAccepted(item, command)) accepted.add(item.id);
    });
    return items.filter(({ id }) => accepted.has(id));
  };

  /**
   * A page of them, newest first, as the index shows them; it may be short and still have a next one.
   * @param isKnown left out by their record
   */
  const page = async (
    command: Command,
    { before, isKnown = () => false }: { before?: string; isKnown?: (item: Notification) => boolean },
  ): Promise<Page<Notification>> => {
    const { tenant, selector, asOf, withCaused } = command;
    const { entityId, group, type } = selector;
    if (entityId === undefined && group === undefined) throw new Error('a selector names an entity or a group');
    const { items, next } = await notifications.list({
      ...{ tenant, limit: PAGE },
      ...omitUndefined({ entityId, group, type, before }),
      matches: (item) =>
        isSelected(selector, item) &&
        wasOpen(item, asOf) &&
        !isEditedSince(item, asOf) &&
        (item.createdAt <= asOf || (withCaused && item.eventId !== undefined)) &&
        !isKnown(item),
    });
    return { items: await acceptedOf(items, command), ...(next !== undefined && { next }) };
  };

  return { page };
};
export type Members = ReturnType<typeof makeMembers>;
