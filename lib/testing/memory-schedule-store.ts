import type { Clock } from '../platform/clock.ts';
import type { ScheduleCount, ScheduleIndex, ScheduleStore } from '../schedules/repository.ts';
import { isDeleted, type Schedule } from '../schedules/schedule.ts';
import { isErased } from '../store/erased.ts';
import { makeMemoryIndex } from './memory-open-index.ts';
import { makeMemoryItems } from './memory-store.ts';

const isListed = (schedule: Schedule): boolean =>
  !isDeleted(schedule) || schedule.mark !== undefined || isErased(schedule);
const isCounted = (schedule: Schedule): boolean => !isDeleted(schedule) && schedule.endedAt === undefined;

export const makeMemoryScheduleStore = (clock: Clock) => {
  const items = makeMemoryItems<Schedule>(clock);
  const store: ScheduleStore = {
    ...items.store,
    list: async ({ matches, ...query }) =>
      items.list({ ...query, matches: (schedule) => isListed(schedule) && (matches?.(schedule) ?? true) }),
  };
  const count: ScheduleCount = async (tenant, max) => {
    const found = items.all().filter((one) => one.tenant === tenant && isCounted(one));
    return Math.min(max, found.length);
  };
  const index: ScheduleIndex = makeMemoryIndex(items);
  return { ...items, store, count, index };
};
