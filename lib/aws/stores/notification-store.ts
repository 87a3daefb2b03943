import type { NotificationStore } from '../../notifications/repository.ts';
import { notificationMapping as mapping } from '../items/notification-item.ts';
import { entityKey, listKeys } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import { makePartitions } from '../table/partitions.ts';
import type { Table } from '../table/table.ts';

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

export const makeNotificationStore = (table: Table, partitions = makePartitions(table)): NotificationStore => ({
  get: async (id) => {
    const item = await table.get(id);
    return item && mapping.fromItem(item);
  },
  create: async (item) => table.create({ ...item, ...(await partitions.assign(item.id)) }, mapping),
  replace: (next, expectedWriteId) => table.replace(next, mapping, expectedWriteId),

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

  list: async ({ tenant, limit, before, since, until, entityId, type, matches }) =>
    list(table, {
      index: entityId === undefined ? 'by_time' : 'by_entity',
      hash: entityId === undefined ? 'list_key' : 'entity_key',
      range: 'position',
      partitions:
        entityId === undefined ? listKeys(tenant, 'n', await partitions.count(), type) : [entityKey(tenant, entityId)],
      limit,
      ...(before !== undefined && { before }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      matches: (item) => (type === undefined || item.type === type) && (matches?.(item) ?? true),
      fromItem: mapping.fromItem,
    }),
});
