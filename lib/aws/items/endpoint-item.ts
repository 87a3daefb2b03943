/** An endpoint as an item. A deleted one leaves the list by losing its index key. */
import { type Endpoint, endpointFields, isDeleted } from '../../endpoints/endpoint.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { endpointsKey } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const keys: Keys<Endpoint> = {
  toKeys: (e) => ({
    ...(!isDeleted(e) && { list_key: endpointsKey(e.tenant) }),
    position: sortKeyAt(e.createdAt, e.id),
  }),
  fromKeys: (item) => ({ createdAt: timeOfSortKey(String(item.position)) }),
};

export const endpointMapping = mappingOf(endpointFields, keys);
