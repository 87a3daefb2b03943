import type { Job } from '../../store/job.ts';
import { openShard } from '../table/keys.ts';

/** A job that runs is in the reconciler's index. */
export const jobKeys = {
  toKeys: (job: Job) => (job.nextCheckAt === undefined ? {} : { open_shard: openShard(job.id) }),
  fromKeys: () => ({}),
};
