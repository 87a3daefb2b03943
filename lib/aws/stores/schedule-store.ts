import type { ScheduleCount, ScheduleStore } from '../../schedules/repository.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { scheduleMapping as mapping } from '../items/schedule-item.ts';
import { schedulesKey } from '../table/keys.ts';
import { list } from '../table/listing.ts';
import { type Table, withPrefix } from '../table/table.ts';
import { makeItemStore } from './item-store.ts';

export const makeScheduleCount =
  (table: Table): ScheduleCount =>
  (tenant, max) =>
    table.count({ index: 'by_time', hash: { name: 'list_key', value: schedulesKey(tenant, false) }, max });

export const makeScheduleStore = (table: Table): ScheduleStore => ({
  ...makeItemStore(table, mapping),
  list: ({ tenant, limit, before, since, until, matches }) =>
    list(table, {
      index: 'by_time',
      hash: 'list_key',
      range: 'position',
      partitions: [schedulesKey(tenant, false), schedulesKey(tenant, true)],
      limit,
      ...omitUndefined({ before, since, until, matches }),
      mappingOf: withPrefix('sch_', mapping),
    }),
});
