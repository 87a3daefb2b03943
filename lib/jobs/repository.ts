import type { ItemStore } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Job } from './job.ts';

/** Jobs of all kinds that this release knows; others read as absent. */
export interface JobStore extends ItemStore<Job> {
  /** Newest first. A page may be short and still have a next one. */
  list(query: ListQuery & { matches?: (job: Job) => boolean }): Promise<Page<Job>>;
}
