import { type ApiKey, apiKeyFields } from '../../auth/api-keys/api-key.ts';
import { sortKeyAt } from '../../store/sort-key.ts';
import { type Keys, mappingOf } from './mapping.ts';

/** A tenant has few keys: one partition of the by_time index holds them. */
export const apiKeyListKey = (tenant: string): string => `${tenant}#k`;

const keys: Keys<ApiKey> = {
  toKeys: (key) => ({ list_key: apiKeyListKey(key.tenant), position: sortKeyAt(key.createdAt, key.id) }),
  fromKeys: () => ({}),
};

export const apiKeyMapping = mappingOf(apiKeyFields, keys);
