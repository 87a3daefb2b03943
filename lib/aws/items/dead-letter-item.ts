import { type RawMessage, rawMessageFields } from '../../dead-letters/dead-letter.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { deadKey, partitionOf } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const keys: Keys<RawMessage> = {
  toKeys: (m) => ({
    dead_key: deadKey(m.tenant, m.redrivenAt === undefined ? 'message' : 'redriven', m.partition),
    dead_position: sortKeyAt(m.createdAt, m.id),
  }),
  fromKeys: (item) => ({
    tenant: String(item.dead_key).split('#', 1)[0] ?? '',
    ...partitionOf(item.dead_key),
    createdAt: timeOfSortKey(String(item.dead_position)),
  }),
};

export const rawMessageMapping = mappingOf(rawMessageFields, keys);
