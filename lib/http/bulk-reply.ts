/** What the handlers of bulk commands answer. */
import * as z from 'zod';
import { type BulkJob, bulkJobViewSchema, viewBulkJob } from '../bulk/bulk-job.ts';
import type { Count } from '../bulk/service.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import { created } from './created.ts';
import type { Operation } from './openapi/operation.ts';
import type { Reply } from './types.ts';

const countSchema = z
  .object({
    matched: z.int(),
    as_of: timeView,
    complete: z.boolean().meta({ description: 'Without it there are more: counting ends after 5 s.' }),
  })
  .meta({ id: 'BulkCount' });

export const bulkAnswers: Operation['answers'] = {
  200: { description: 'With dry_run: how many match', schema: countSchema },
  202: {
    description: 'The job, after its first walk or 5 s',
    schema: bulkJobViewSchema,
    headers: ['location', 'idempotent-replayed'],
    links: ['getJob', 'cancelJob', 'listJobResults'],
  },
};

export const bulkReply = (made: { count: Count } | { job: BulkJob; replayed: boolean }): Reply => {
  if ('count' in made) {
    const { matched, asOf, isComplete } = made.count;
    return { body: { matched, as_of: rfc3339(asOf), complete: isComplete } };
  }
  const { job, replayed } = made;
  return created({ status: 202, body: viewBulkJob(job) }, `/api/v1/jobs/${job.id}`, replayed);
};
