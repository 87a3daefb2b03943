import { randomUUID } from 'node:crypto';
import type { Event } from '../events/event.ts';
import type { EventStore } from '../events/repository.ts';
import type { Clock } from '../platform/clock.ts';
import { checkStoredSize, makeMemoryItems } from './memory-store.ts';

export const makeMemoryEventStore = (clock: Clock) => {
  const items = makeMemoryItems<Event>(clock);

  const store: EventStore = {
    ...items.store,
    checkSize: async (event) => checkStoredSize(event),
    list: async ({ source, type, ...query }) =>
      items.list({
        ...query,
        matches: (event) =>
          (source === undefined || event.source === source) && (type === undefined || event.type === type),
      }),
    keepUntil: async (id, expiresAt) => {
      const event = items.read(id);
      // An unprocessed event has no TTL; the write that ends it gives it one.
      if (!event || event.status === 'ACCEPTED') return;
      const { expiresAt: before = 0, ...rest } = event;
      const kept = expiresAt === undefined ? rest : { ...rest, expiresAt: Math.max(before, expiresAt) };
      items.write({ ...kept, writeId: randomUUID() });
    },
  };
  return { ...items, store };
};
