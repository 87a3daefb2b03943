import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { makeMemoryNotificationStore } from './memory-notification-store.ts';
import { notificationStoreConforms } from './notification-store.conformance.ts';

describe('the notification store in memory', () => {
  const clock = makeTestClock();
  const { store } = makeMemoryNotificationStore(clock);
  notificationStoreConforms({ store: () => store, clock });
});
