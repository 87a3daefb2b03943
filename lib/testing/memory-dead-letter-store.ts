import {
  type DeadFilters,
  type DeadLetter,
  type DeadLetterStore,
  diedAt,
  isDead,
  isWanted,
  type RawMessage,
} from '../dead-letters/dead-letter.ts';
import type { Event } from '../events/event.ts';
import type { Notification } from '../notifications/notification.ts';
import type { Clock } from '../platform/clock.ts';
import type { ListQuery } from '../store/page.ts';
import { sortKeyAt } from '../store/sort-key.ts';
import { firstOf, makeMemoryItems } from './memory-store.ts';

const positionOf = (letter: DeadLetter): string => sortKeyAt(diedAt(letter), letter.item.id);

const isAsked = (
  letter: DeadLetter,
  query: Omit<ListQuery, 'limit'> & DeadFilters & { redrivable?: boolean },
): boolean =>
  letter.item.tenant === query.tenant &&
  isDead(letter) &&
  (query.kind === undefined || query.kind === (letter.of === 'notification' ? 'delivery' : 'message')) &&
  isWanted(letter, query) &&
  (query.since === undefined || diedAt(letter) >= query.since) &&
  (query.until === undefined || diedAt(letter) < query.until) &&
  (query.before === undefined || positionOf(letter) < query.before) &&
  !(query.redrivable && letter.of === 'raw' && letter.item.redrivenAt !== undefined);

/** Over the other stores in memory, as the real one is over their table. */
export const makeMemoryDeadLetterStore = (
  clock: Clock,
  sources: { notifications: () => Notification[]; events: () => Event[] },
) => {
  const raws = makeMemoryItems<RawMessage>(clock);

  const letters = (): DeadLetter[] => [
    ...sources.notifications().map((item) => ({ of: 'notification' as const, item })),
    ...sources.events().map((item) => ({ of: 'event' as const, item })),
    ...raws.all().map((item) => ({ of: 'raw' as const, item })),
  ];

  const store: DeadLetterStore = {
    messages: raws.store,
    list: async (query) => {
      const found = letters()
        .filter((letter) => isAsked(letter, query))
        .sort((a, b) => (positionOf(a) < positionOf(b) ? 1 : -1));
      const items = firstOf(found, query.limit);
      const last = items.at(-1);
      return { items, ...(found.length > items.length && last && { next: positionOf(last) }) };
    },
    count: async (query, max) => {
      const { length } = letters().filter((letter) => isAsked(letter, { ...query, redrivable: true }));
      return length > max ? undefined : length;
    },
  };
  return { ...raws, store };
};
