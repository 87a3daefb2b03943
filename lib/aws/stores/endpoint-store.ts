import { isDeleted } from '../../endpoints/endpoint.ts';
import type { EndpointStore } from '../../endpoints/repository.ts';
import type { EndpointCount } from '../../endpoints/service.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { endpointMapping as mapping } from '../items/endpoint-item.ts';
import { endpointsKey } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import { type Table, withPrefix } from '../table/table.ts';
import { makeItemStore } from './item-store.ts';

export const makeEndpointCount =
  (table: Table): EndpointCount =>
  (tenant, max) =>
    table.count({ index: 'by_time', hash: { name: 'list_key', value: endpointsKey(tenant) }, max });

export const makeEndpointStore = (table: Table): EndpointStore => ({
  ...makeItemStore(table, mapping),
  list: ({ tenant, limit, before, since, until }) =>
    list(table, {
      index: 'by_time',
      hash: 'list_key',
      range: 'position',
      partitions: [endpointsKey(tenant)],
      limit,
      ...omitUndefined({ before, since, until }),
      // The index trails the items a little.
      matches: (endpoint) => !isDeleted(endpoint),
      mappingOf: withPrefix('end_', mapping),
    }),
});
