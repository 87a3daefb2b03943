import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { endpointStoreConforms } from './endpoint-store.conformance.ts';
import { makeMemoryEndpointStore } from './memory-endpoint-store.ts';

describe('the endpoint store in memory', () => {
  const clock = makeTestClock();
  const { store } = makeMemoryEndpointStore(clock);
  endpointStoreConforms({ store: () => store, clock });
});
