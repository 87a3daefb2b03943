/** An event as an item. Index keys hold tenant, source and acceptance time. */
import { type Event, eventFields } from '../../events/event.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { deadKey, listKey, openShard, partitionOf, sourceKey, splitEntityKey } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const keys: Keys<Event> = {
  toKeys: (e) => ({
    list_key: listKey(e.tenant, 'e', e.type, e.partition),
    entity_key: sourceKey(e.tenant, e.source, e.partition),
    position: sortKeyAt(e.createdAt, e.id),
    ...(e.nextCheckAt !== undefined && { open_shard: openShard(e.id, e.partition) }),
    ...(e.status === 'REJECTED' &&
      e.erasedAt === undefined && {
        dead_key: deadKey(e.tenant, 'message', e.partition),
        dead_position: sortKeyAt(e.endedAt ?? e.updatedAt, e.id),
      }),
  }),
  fromKeys: (item) => {
    const { tenant, entity } = splitEntityKey(String(item.entity_key));
    return {
      tenant,
      ...partitionOf(item.list_key),
      source: entity,
      createdAt: timeOfSortKey(String(item.position)),
    };
  },
};

export const eventMapping = mappingOf(eventFields, keys);
