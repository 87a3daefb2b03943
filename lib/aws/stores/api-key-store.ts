import type { ApiKeyStore } from '../../auth/api-keys/service.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { apiKeyListKey, apiKeyMapping } from '../items/api-key-item.ts';
import { list } from '../table/listing.ts';
import { type Table, withPrefix } from '../table/table.ts';
import { makeItemStore } from './item-store.ts';

export const makeApiKeyStore = (table: Table): ApiKeyStore => ({
  ...makeItemStore(table, apiKeyMapping),

  list: ({ tenant, limit, before }) =>
    list(table, {
      index: 'by_time',
      hash: 'list_key',
      range: 'position',
      partitions: [apiKeyListKey(tenant)],
      limit,
      ...omitUndefined({ before }),
      mappingOf: withPrefix('key_', apiKeyMapping),
    }),

  touch: async (id, at) => {
    const condition = {
      expression: 'attribute_exists(id) AND (attribute_not_exists(last_used_at) OR last_used_at < :at)',
      values: { ':at': at },
    };
    await table.update(id, 'SET last_used_at = :at', condition, apiKeyMapping, (item) => item.last_used_at === at);
  },
});
