import * as z from 'zod';
import { pagingQuery } from '../schema/paging.ts';
import { jobKindSchema, jobStatusSchema } from './job.ts';

export const jobsQuery = z.object({
  ...pagingQuery,
  status: jobStatusSchema.optional().meta({ description: 'Jobs in this status alone.' }),
  kind: jobKindSchema.optional().meta({ description: 'Jobs of this kind alone.' }),
});
