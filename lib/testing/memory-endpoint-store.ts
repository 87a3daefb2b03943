import { type Endpoint, isDeleted } from '../endpoints/endpoint.ts';
import type { EndpointStore } from '../endpoints/repository.ts';
import type { Clock } from '../platform/clock.ts';
import { makeMemoryItems } from './memory-store.ts';

export const makeMemoryEndpointStore = (clock: Clock) => {
  const items = makeMemoryItems<Endpoint>(clock);
  const store: EndpointStore = {
    ...items.store,
    list: async (query) => items.list({ ...query, matches: (endpoint) => !isDeleted(endpoint) }),
  };
  return { ...items, store };
};
