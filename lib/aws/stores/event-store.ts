import type { EventStore } from '../../events/repository.ts';
import type { Random } from '../../platform/random.ts';
import { eventMapping as mapping } from '../items/event-item.ts';
import { listKeys, sourceKeys } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import { makePartitions } from '../table/partitions.ts';
import { type Table, withPrefix } from '../table/table.ts';

/**
 * Only forward, never on one that is still unprocessed (what is open has no TTL), and none that has
 * expired comes back.
 */
const FORWARD = [
  'attribute_exists(id)',
  'attribute_not_exists(next_check_at)',
  '(attribute_not_exists(expires_at) OR expires_at BETWEEN :alive AND :at)',
].join(' AND ');

export const makeEventStore = (table: Table, random: Random, partitions = makePartitions(table)): EventStore => ({
  get: (id) => table.get(id, mapping),
  create: async (item) => table.create({ ...item, ...(await partitions.assign(item.id)) }, mapping),
  replace: (next, expectedWriteId) => table.replace(next, mapping, expectedWriteId),
  checkSize: (event) => table.checkSize(event, mapping),

  keepUntil: async (id, expiresAt) => {
    const write = random.token();
    const isOurs = (current: Record<string, unknown>) => current.write_id === write;
    const alive = table.nowSeconds() + 1;
    if (expiresAt === undefined) {
      const condition = { expression: 'expires_at >= :alive', values: { ':alive': alive, ':write': write } };
      await table.update(id, 'SET write_id = :write REMOVE expires_at', condition, mapping, isOurs);
      return;
    }
    const condition = {
      expression: FORWARD,
      values: { ':alive': alive, ':at': Math.max(expiresAt, alive), ':write': write },
    };
    await table.update(id, 'SET expires_at = :at, write_id = :write', condition, mapping, isOurs);
  },

  list: async ({ tenant, limit, before, since, until, source, type }) => {
    const count = await partitions.count();
    return list(table, {
      index: source === undefined ? 'by_time' : 'by_entity',
      hash: source === undefined ? 'list_key' : 'entity_key',
      range: 'position',
      partitions: source === undefined ? listKeys(tenant, 'e', count, type) : sourceKeys(tenant, source, count),
      limit,
      ...(before !== undefined && { before }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      matches: (event) => type === undefined || event.type === type,
      mappingOf: withPrefix('evt_', mapping),
    });
  },
});
