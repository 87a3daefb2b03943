import { type RedriveJob, redriveJobFields } from '../../dead-letters/redrive-job.ts';
import { jobKeys } from './job-keys.ts';
import { mappingOf } from './mapping.ts';

export const redriveJobMapping = mappingOf<typeof redriveJobFields, RedriveJob>(redriveJobFields, jobKeys);
