/**
 * A notification as an item. Index keys hold tenant, entity and creation time: an item under 1 KB
 * costs one write unit.
 */
import { isDead, type Notification, notificationFields } from '../../notifications/notification.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { deadKey, entityKey, groupKey, listKey, openShard, partitionOf, splitEntityKey } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const keys: Keys<Notification> = {
  toKeys: (n) => ({
    list_key: listKey(n.tenant, 'n', n.type, n.partition),
    entity_key: entityKey(n.tenant, n.entityId),
    position: sortKeyAt(n.createdAt, n.id),
    ...(n.group !== undefined && { group_key: groupKey(n.tenant, n.group, n.partition) }),
    ...(n.nextCheckAt !== undefined && { open_shard: openShard(n.id, n.partition) }),
    ...(isDead(n) && {
      dead_key: deadKey(n.tenant, 'delivery', n.partition),
      dead_position: sortKeyAt(n.endedAt ?? n.updatedAt, n.id),
    }),
  }),
  fromKeys: (item) => {
    const { tenant, entity } = splitEntityKey(String(item.entity_key));
    return {
      tenant,
      ...partitionOf(item.list_key),
      entityId: entity,
      ...(item.group_key !== undefined && { group: splitEntityKey(String(item.group_key)).entity }),
      createdAt: timeOfSortKey(String(item.position)),
    };
  },
};

export const notificationMapping = mappingOf(notificationFields, keys);
