import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { eventStoreConforms } from './event-store.conformance.ts';
import { makeMemoryEventStore } from './memory-event-store.ts';

describe('the event store in memory', () => {
  const clock = makeTestClock();
  const { store } = makeMemoryEventStore(clock);
  eventStoreConforms({ store: () => store, clock });
});
