/** A schedule as an item. A deleted one leaves the list once nothing of it is left to be done. */
import { isDeleted, type Schedule, scheduleFields } from '../../schedules/schedule.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { scheduleShard, schedulesKey } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const isListed = (schedule: Schedule): boolean => !isDeleted(schedule) || schedule.mark !== undefined;

const keys: Keys<Schedule> = {
  toKeys: (s) => ({
    ...(isListed(s) && { list_key: schedulesKey(s.tenant, s.endedAt !== undefined) }),
    position: sortKeyAt(s.createdAt, s.id),
    ...(s.nextCheckAt !== undefined && { open_shard: scheduleShard(s.tenant) }),
  }),
  fromKeys: (item) => ({ createdAt: timeOfSortKey(String(item.position)) }),
};

export const scheduleMapping = mappingOf(scheduleFields, keys);
