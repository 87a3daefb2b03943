import { type ErasureJob, erasureJobFields } from '../../erasure/erasure-job.ts';
import { jobKeys } from './job-keys.ts';
import { mappingOf } from './mapping.ts';

export const erasureJobMapping = mappingOf<typeof erasureJobFields, ErasureJob>(erasureJobFields, jobKeys);
