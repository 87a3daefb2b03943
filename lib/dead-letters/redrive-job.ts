/** The noun: one redrive, from its order to its end, and the pure steps of its life. */
import * as z from 'zod';
import { endpointId } from '../schema/endpoint-id.ts';
import { timeMember } from '../schema/paging.ts';
import { typeName } from '../schema/text.ts';
import { rfc3339 } from '../schema/time.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import { closed, type Job, jobStatusSchema, moved, type On, opened } from '../store/job.ts';
import { type DeadFilters, deadKindSchema } from './dead-letter.ts';

/** The index of what is dead trails the items, normally by well under a second. */
export const INDEX_TRAILS_SECONDS = 1;
export const PER_SECOND_MAX = 500;
export const PER_SECOND_DEFAULT = 50;

export const redriveSchema = z
  .strictObject({
    kind: deadKindSchema.optional(),
    notification_type: typeName.optional().meta({ description: 'Deliveries of this type alone.' }),
    endpoint_id: endpointId.optional().meta({
      description: 'Deliveries that failed at this webhook endpoint alone, and of those only the webhook.',
    }),
    since: timeMember.meta({ description: 'Last failed at or after.' }),
    until: timeMember.meta({ description: 'Last failed before.' }),
    dry_run: z.boolean().optional().meta({ description: 'Only count.' }),
    per_second: z
      .int()
      .min(1)
      .max(PER_SECOND_MAX)
      .optional()
      .meta({ description: `Default ${PER_SECOND_DEFAULT}.` }),
  })
  .refine(({ since, until }) => typeof since !== 'number' || typeof until !== 'number' || since < until, {
    path: ['until'],
    message: 'must be after since',
    ...evenIfMembersAreWrong,
  })
  .meta({ id: 'Redrive' });
export type Redrive = z.output<typeof redriveSchema>;

export interface RedriveJob extends Job {
  filters: DeadFilters;
  /** What dies before this is taken, and nothing begins sooner. Absent: when it was ordered. */
  asOf?: number;
  perSecond: number;
  /** Counted when it was ordered. */
  matched: number;
  redriven: number;
  /** Matched, but no longer dead when their turn came: retried by hand, or expired. */
  skipped: number;
  /** Cannot be redriven at all. */
  failed: number;
  /**
   * The ids under way, written down before the first of them is touched: whoever repeats the page after a crash finds all of
   * them again, also those that have left the index, so that the counts come out exact.
   */
  page: string[];
  /** The page under way is the last one. */
  last: boolean;
  /** SHA-256 of what was ordered, where the id derives from an Idempotency-Key. */
  fingerprint?: string;
}

export type JobDraft = Pick<RedriveJob, 'id' | 'tenant' | 'filters' | 'perSecond' | 'matched'> &
  Partial<Pick<RedriveJob, 'asOf' | 'fingerprint'>>;
export type Tally = Pick<RedriveJob, 'redriven' | 'skipped' | 'failed'>;

export const begun = (draft: JobDraft, on: On): RedriveJob => ({
  ...draft,
  ...opened(on),
  redriven: 0,
  skipped: 0,
  failed: 0,
  page: [],
  last: false,
});

export const asOfJob = ({ asOf, createdAt }: RedriveJob): number => asOf ?? createdAt;

const counted = (job: RedriveJob, tally: Tally, on: On): RedriveJob => ({
  ...job,
  ...moved(on),
  redriven: job.redriven + tally.redriven,
  skipped: job.skipped + tally.skipped,
  failed: job.failed + tally.failed,
});

/** The page under way came to `tally`; `page` is the next one. */
export const progressed = (
  job: RedriveJob,
  tally: Tally,
  page: { ids: string[]; next?: string },
  on: On,
): RedriveJob => {
  const { before: _, ...rest } = counted(job, tally, on);
  return {
    ...rest,
    page: page.ids,
    ...(page.next !== undefined && { before: page.next }),
    last: page.next === undefined,
  };
};

/** The last page came to `tally`. What matched and was never met has been retried by hand, or has expired, meanwhile. */
export const finished = (job: RedriveJob, tally: Tally, on: On & { retentionMs: number }): RedriveJob => {
  const done = closed(counted(job, tally, on), on);
  return { ...done, skipped: Math.max(done.skipped, done.matched - done.redriven - done.failed), page: [] };
};

const time = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

export const redriveJobViewSchema = z
  .object({
    job_id: z.string(),
    status: jobStatusSchema,
    matched: z
      .int()
      .meta({ description: 'Counted when it was ordered; a replay also takes what ends in the half minute after.' }),
    redriven: z.int(),
    skipped: z.int().meta({ description: 'No longer dead when their turn came.' }),
    failed: z.int().meta({ description: 'Cannot be redriven.' }),
    per_second: z.int(),
    created_at: time,
    finished_at: time.optional(),
  })
  .meta({ id: 'RedriveJob' });

export const viewRedriveJob = (job: RedriveJob): z.output<typeof redriveJobViewSchema> => ({
  job_id: job.id,
  status: job.status,
  matched: job.matched,
  redriven: job.redriven,
  skipped: job.skipped,
  failed: job.failed,
  per_second: job.perSecond,
  created_at: rfc3339(job.createdAt),
  ...(job.finishedAt !== undefined && { finished_at: rfc3339(job.finishedAt) }),
});
