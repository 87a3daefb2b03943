/** All kinds of jobs. What carries a kind out is in lib/app.ts. */
import { bulkKind } from '../bulk/bulk-job.ts';
import { redriveKind } from '../dead-letters/redrive-job.ts';
import { erasureKind } from '../erasure/erasure-job.ts';
import type { JobKind } from '../jobs/kind.ts';

export const JOB_KINDS: readonly JobKind[] = [redriveKind, erasureKind, bulkKind];
