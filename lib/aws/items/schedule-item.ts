/**
 * A schedule as an item. A deleted one leaves the list once nothing of it is left to be done; an erased
 * one stays, as a page of an erasure that is repeated counts the same.
 */
import { isDeleted, type Schedule, scheduleFields } from '../../schedules/schedule.ts';
import { isErased } from '../../store/erased.ts';
import { sortKeyAt, timeOfSortKey } from '../../store/sort-key.ts';
import { scheduleShard, schedulesKey } from '../table/keys.ts';
import { type Keys, mappingOf } from './mapping.ts';

const isListed = (schedule: Schedule): boolean =>
  !isDeleted(schedule) || schedule.mark !== undefined || isErased(schedule);

const keys: Keys<Schedule> = {
  toKeys: (s) => ({
    ...(isListed(s) && { list_key: schedulesKey(s.tenant, s.endedAt !== undefined || isDeleted(s)) }),
    position: sortKeyAt(s.createdAt, s.id),
    ...(s.nextCheckAt !== undefined && { open_shard: scheduleShard(s.id) }),
  }),
  fromKeys: (item) => ({ createdAt: timeOfSortKey(String(item.position)) }),
};

export const scheduleMapping = mappingOf(scheduleFields, keys);
