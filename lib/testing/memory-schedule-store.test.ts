import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { makeMemoryScheduleStore } from './memory-schedule-store.ts';
import { scheduleStoreConforms } from './schedule-store.conformance.ts';

describe('the schedule store in memory', () => {
  const clock = makeTestClock();
  const { store, count, index } = makeMemoryScheduleStore(clock);
  scheduleStoreConforms({ store: () => store, count: () => count, index: () => index, clock });
});
