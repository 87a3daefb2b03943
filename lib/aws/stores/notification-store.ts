import type { Notification } from '../../notifications/notification.ts';
import type { NotificationQuery, NotificationStore } from '../../notifications/repository.ts';
import { notificationMapping as mapping } from '../items/notification-item.ts';
import { entityKey, groupKeys, listKeys } from '../table/keys.ts';
import { type Listing, list } from '../table/listing.ts';
import { makePartitions, type Partitions } from '../table/partitions.ts';
import { type Table, withPrefix } from '../table/table.ts';

/**
 * The claim's condition here and `canClaim` in notifications/state/worker-steps.ts say the same;
 * the conformance suite holds them together.
 */
const CLAIM = [
  'SET #status = :sending, lease = :lease, first_claimed_at = if_not_exists(first_claimed_at, :now)',
  'updated_at = :now, write_id = :write ADD version :one',
].join(', ');
const CLAIMABLE = [
  '#status IN (:pending, :scheduled, :retrying)',
  'timer_seq = :seq',
  'due_at <= :now',
  '(attribute_not_exists(closes_at) OR closes_at > :now)',
  'attribute_not_exists(lease)',
].join(' AND ');

/** The index that has the fewest entries beside those asked for; an entity has fewer than a group. */
const indexOf = async (
  { tenant, entityId, group, type }: NotificationQuery,
  partitions: Partitions,
): Promise<Pick<Listing<Notification>, 'index' | 'hash' | 'partitions'>> => {
  if (entityId !== undefined)
    return { index: 'by_entity', hash: 'entity_key', partitions: [entityKey(tenant, entityId)] };
  const count = await partitions.count();
  return group === undefined
    ? { index: 'by_time', hash: 'list_key', partitions: listKeys(tenant, 'n', count, type) }
    : { index: 'by_group', hash: 'group_key', partitions: groupKeys(tenant, group, count) };
};

export const makeNotificationStore = (table: Table, partitions = makePartitions(table)): NotificationStore => ({
  get: (id) => table.get(id, mapping),
  create: async (item) => table.create({ ...item, ...(await partitions.assign(item.id)) }, mapping),
  replace: (next, expectedWriteId) => table.replace(next, mapping, expectedWriteId),
  checkSize: (item) => table.checkSize(item, mapping),

  claim: ({ id, timerSeq, now, lease, writeId }) =>
    table.update(
      id,
      CLAIM,
      {
        expression: CLAIMABLE,
        names: { '#status': 'status' },
        values: {
          ':sending': 'SENDING',
          ':pending': 'PENDING',
          ':scheduled': 'SCHEDULED',
          ':retrying': 'RETRYING',
          ':seq': timerSeq,
          ':now': now,
          ':lease': lease,
          ':write': writeId,
          ':one': 1,
        },
      },
      mapping,
      (current) => (current.lease as { id: string } | undefined)?.id === lease.id,
    ),

  markScheduled: ({ id, timerSeq, nextCheckAt, writeId }) =>
    table.update(
      id,
      'SET #status = :scheduled, next_check_at = :next, write_id = :write REMOVE checks',
      {
        expression: '#status = :pending AND timer_seq = :seq',
        names: { '#status': 'status' },
        values: {
          ':scheduled': 'SCHEDULED',
          ':pending': 'PENDING',
          ':seq': timerSeq,
          ':next': nextCheckAt,
          ':write': writeId,
        },
      },
      mapping,
      (current) => current.write_id === writeId,
    ),

  list: async (query) => {
    const { limit, before, since, until, entityId, group, type, matches } = query;
    return list(table, {
      ...(await indexOf(query, partitions)),
      range: 'position',
      limit,
      ...(before !== undefined && { before }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      matches: (item) =>
        (entityId === undefined || item.entityId === entityId) &&
        (group === undefined || item.group === group) &&
        (type === undefined || item.type === type) &&
        (matches?.(item) ?? true),
      mappingOf: withPrefix('ntf_', mapping),
    });
  },
});
