import type { Due, OpenIndex } from '../../store/open-index.ts';
import { jobMappingOf } from '../items/job-item.ts';
import { OPEN_SHARDS, openShards } from '../table/keys.ts';
import { makePartitions } from '../table/partitions.ts';
import type { Table } from '../table/table.ts';

/** Undefined for what only another release knows: it takes care of that itself. */
const kindOf = (id: string): Due['kind'] | undefined => {
  if (id.startsWith('ntf_')) return 'notification';
  if (id.startsWith('evt_')) return 'event';
  return jobMappingOf(id) && 'job';
};

/** Of a shard, when rows that are not known stand before others. */
const ASKED_MAX = 4_000;

export const makeOpenIndex = (table: Table, partitions = makePartitions(table)): OpenIndex => {
  const dueOf = async (shard: number, now: number, limit: number): Promise<Due[]> => {
    for (let asked = limit; ; asked *= 2) {
      const keys = await table.keys({
        index: 'open',
        hash: { name: 'open_shard', value: shard },
        range: { expression: '#range <= :now', name: 'next_check_at', values: { ':now': now } },
        limit: asked,
        newestFirst: false,
      });
      const found = keys.flatMap(({ id, next_check_at }) => {
        const kind = kindOf(id);
        return kind ? [{ id, kind, nextCheckAt: Number(next_check_at) }] : [];
      });
      if (found.length >= limit || keys.length < asked || asked >= ASKED_MAX) return found.slice(0, limit);
    }
  };

  return {
    due: async (now, limit) => {
      // Of each shard as many as if there were but one partition: rows from before a raise fill
      // the first few shards alone.
      const each = Math.ceil(limit / OPEN_SHARDS);
      const shards = openShards(await partitions.count());
      return (await Promise.all(shards.map((shard) => dueOf(shard, now, each)))).flat();
    },

    postpone: async ({ id, nextCheckAt }, until) => {
      await table.move(id, 'next_check_at', nextCheckAt, until);
    },
  };
};
