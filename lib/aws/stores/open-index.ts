import type { DueSchedule, ScheduleIndex } from '../../schedules/repository.ts';
import type { Due, OpenIndex } from '../../store/open-index.ts';
import { jobMappingOf } from '../items/job-item.ts';
import { OPEN_SHARDS, openShards, scheduleShards } from '../table/keys.ts';
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

/** The oldest `limit` of a shard that are due, of those that `read` knows. */
const dueOf = async <T>(
  table: Table,
  { shard, now, limit }: { shard: number; now: number; limit: number },
  read: (id: string, nextCheckAt: number) => T | undefined,
): Promise<T[]> => {
  for (let asked = limit; ; asked *= 2) {
    const keys = await table.keys({
      index: 'open',
      hash: { name: 'open_shard', value: shard },
      range: { expression: '#range <= :now', name: 'next_check_at', values: { ':now': now } },
      limit: asked,
      newestFirst: false,
    });
    const found = keys.flatMap(({ id, next_check_at }) => read(id, Number(next_check_at)) ?? []);
    if (found.length >= limit || keys.length < asked || asked >= ASKED_MAX) return found.slice(0, limit);
  }
};

const postponeOn =
  (table: Table): OpenIndex['postpone'] =>
  async ({ id, nextCheckAt }, until) => {
    await table.move(id, 'next_check_at', nextCheckAt, until);
  };

export const makeOpenIndex = (table: Table, partitions = makePartitions(table)): OpenIndex => ({
  due: async (now, limit) => {
    // Of each shard as many as if there were but one partition: rows from before a raise fill
    // the first few shards alone.
    const each = Math.ceil(limit / OPEN_SHARDS);
    const shards = openShards(await partitions.count());
    const read = (id: string, nextCheckAt: number): Due | undefined => {
      const kind = kindOf(id);
      return kind && { id, kind, nextCheckAt };
    };
    const found = await Promise.all(shards.map((shard) => dueOf(table, { shard, now, limit: each }, read)));
    return found.flat();
  },

  postpone: postponeOn(table),
});

export const makeScheduleIndex = (table: Table): ScheduleIndex => ({
  due: async (now, limit) => {
    const read = (id: string, nextCheckAt: number): DueSchedule | undefined =>
      id.startsWith('sch_') ? { id, nextCheckAt } : undefined;
    const found = await Promise.all(scheduleShards.map((shard) => dueOf(table, { shard, now, limit }, read)));
    return found.flat();
  },

  postpone: postponeOn(table),
});
