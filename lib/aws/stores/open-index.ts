import type { Due, OpenIndex } from '../../store/open-index.ts';
import { jobMappingOf } from '../items/job-item.ts';
import { OPEN_SHARDS, openShards } from '../table/keys.ts';
import { makePartitions } from '../table/partitions.ts';
import type { Table } from '../table/table.ts';

const kindOf = (id: string): Due['kind'] => {
  if (id.startsWith('evt_')) return 'event';
  return jobMappingOf(id) ? 'job' : 'notification';
};

export const makeOpenIndex = (table: Table, partitions = makePartitions(table)): OpenIndex => ({
  due: async (now, limit) => {
    const pages = await Promise.all(
      openShards(await partitions.count()).map((shard) =>
        table.keys({
          index: 'open',
          hash: { name: 'open_shard', value: shard },
          range: { expression: '#range <= :now', name: 'next_check_at', values: { ':now': now } },
          // Of each shard as many as if there were but one partition: rows from before a raise fill
          // the first few shards alone.
          limit: Math.ceil(limit / OPEN_SHARDS),
          newestFirst: false,
        }),
      ),
    );
    return pages.flat().map((key) => ({ id: key.id, kind: kindOf(key.id), nextCheckAt: Number(key.next_check_at) }));
  },

  postpone: async ({ id, nextCheckAt }, until) => {
    await table.move(id, 'next_check_at', nextCheckAt, until);
  },
});
