import type { ItemStore } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Schedule } from './schedule.ts';

export interface ScheduleQuery extends ListQuery {
  matches?: (schedule: Schedule) => boolean;
}

export interface ScheduleStore extends ItemStore<Schedule> {
  /** Newest first. One that is deleted is in it while something is left to be done, and if it is erased. */
  list(query: ScheduleQuery): Promise<Page<Schedule>>;
}

/**
 * How many a tenant has that have not ended, counted up to `max`; what was created or deleted just
 * now may be missing.
 */
export type ScheduleCount = (tenant: string, max: number) => Promise<number>;

export interface DueSchedule {
  id: string;
  nextCheckAt: number;
}

/** The sparse index of when schedules are planned, apart from what else the reconciler watches. */
export interface ScheduleIndex {
  /** Those due by now, of each shard the oldest `limit`. What has just moved may be in it still. */
  due(now: number, limit: number): Promise<DueSchedule[]>;
  /** Moves `nextCheckAt` without reading the item, unless it has moved meanwhile. */
  postpone(due: DueSchedule, until: number): Promise<void>;
}
