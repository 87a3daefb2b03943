/** What the handlers of jobs share. */
import * as z from 'zod';
import { ServiceError } from '../errors.ts';
import { JOB_KINDS } from '../job-kinds/index.ts';
import type { Job } from '../jobs/job.ts';
import { kindOf } from '../jobs/kind.ts';

export const jobParams = z.object({ job_id: z.string().max(64) });

export const jobViewSchema = z.union(JOB_KINDS.map(({ viewSchema }) => viewSchema)).meta({
  id: 'Job',
  description: 'Its `kind` says which of these it is.',
});

export const viewJob = (job: Job): unknown => {
  const kind = kindOf(JOB_KINDS, job.id);
  if (!kind) throw new ServiceError('not-found', `There is no job ${job.id}`);
  return kind.view(job);
};
