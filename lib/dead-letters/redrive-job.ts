/** The noun: one redrive, or the replay of an endpoint's dead letters, and the pure steps of its life. */
import * as z from 'zod';
import { type JobDraft, jobFields, jobTimeFields } from '../jobs/job.ts';
import type { JobKind, Step } from '../jobs/kind.ts';
import { endpointId } from '../schema/endpoint-id.ts';
import { typeName } from '../schema/text.ts';
import { inOrder, timeMember } from '../schema/time-schemas.ts';
import { field, makeView, optional, PLAIN, required, type Stored, shown, viewShape } from '../store/fields.ts';
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
    since: timeMember.optional().meta({ description: 'Last failed at or after.' }),
    until: timeMember.optional().meta({ description: 'Last failed before.' }),
    dry_run: z.boolean().optional().meta({ description: 'Only count.' }),
    per_second: z
      .int()
      .min(1)
      .max(PER_SECOND_MAX)
      .optional()
      .meta({ description: `Default ${PER_SECOND_DEFAULT}.` }),
  })
  .refine(...inOrder('since', 'until'))
  .meta({ id: 'Redrive' });
export type Redrive = z.output<typeof redriveSchema>;

export const redriveJobFields = {
  ...jobFields(z.enum(['redrive', 'replay']).meta({ id: 'RedriveKind' }), 'redrive'),
  filters: field(required<DeadFilters>('filters'), PLAIN),
  /** What dies before this is taken, and nothing begins sooner. Absent: when it was ordered. */
  asOf: field(optional<number>('as_of'), PLAIN),
  /** Counted when it was ordered. */
  matched: field(
    required<number>('matched'),
    PLAIN,
    shown(
      'matched',
      z
        .int()
        .meta({ description: 'Counted when it was ordered; a replay also takes what ends in the half minute after.' }),
    ),
  ),
  redriven: field(required<number>('redriven'), PLAIN, shown('redriven', z.int())),
  /** Retried by hand, or expired, in the meantime. */
  skipped: field(
    required<number>('skipped'),
    PLAIN,
    shown('skipped', z.int().meta({ description: 'No longer dead when their turn came.' })),
  ),
  failed: field(
    required<number>('failed'),
    PLAIN,
    shown('failed', z.int().meta({ description: 'Cannot be redriven.' })),
  ),
  perSecond: field(required<number>('per_second'), PLAIN, shown('per_second', z.int())),
  /**
   * The ids of the current page, stored before the first of them is touched: a worker that repeats
   * the page after a crash finds all of them, also those that have left the index, so that the
   * counts are exact.
   */
  page: field(required<string[]>('page'), PLAIN),
  /** The current page is the last one. */
  last: field(required<boolean>('last'), PLAIN),
  /** SHA-256 of what was ordered, where the id derives from an Idempotency-Key. */
  fingerprint: field(optional<string>('fingerprint'), PLAIN),
  ...jobTimeFields,
};

export interface RedriveJob extends Stored<typeof redriveJobFields> {}

export type Ordered = Pick<RedriveJob, 'id' | 'tenant' | 'kind' | 'filters' | 'perSecond' | 'matched'> &
  Partial<Pick<RedriveJob, 'asOf' | 'fingerprint'>>;
export type Tally = Pick<RedriveJob, 'redriven' | 'skipped' | 'failed'>;

export const drafted = (ordered: Ordered): JobDraft<RedriveJob> => ({
  ...ordered,
  redriven: 0,
  skipped: 0,
  failed: 0,
  page: [],
  last: false,
});

export const asOfJob = ({ asOf, createdAt }: RedriveJob): number => asOf ?? createdAt;
/** What was redriven before was redriven by others. */
export const startOf = ({ startedAt, createdAt }: RedriveJob): number => startedAt ?? createdAt;

const counted = (job: RedriveJob, tally: Tally): RedriveJob => ({
  ...job,
  redriven: job.redriven + tally.redriven,
  skipped: job.skipped + tally.skipped,
  failed: job.failed + tally.failed,
});

/** `tally` is the result of the current page, `page` the next one. */
export const progressed = (job: RedriveJob, tally: Tally, page: { ids: string[]; next?: string }): RedriveJob => {
  const { before: _, ...rest } = counted(job, tally);
  return {
    ...rest,
    page: page.ids,
    ...(page.next !== undefined && { before: page.next }),
    last: page.next === undefined,
  };
};

/**
 * `tally` is the result of the last page. What matched and was not on any page was retried by hand,
 * or has expired.
 */
export const finished = (job: RedriveJob, tally: Tally): Step<RedriveJob> => {
  const next = counted(job, tally);
  const skipped = Math.max(next.skipped, next.matched - next.redriven - next.failed);
  return { next: { ...next, skipped }, end: 'DONE' };
};

export const redriveJobViewSchema = z.object(viewShape(redriveJobFields)).meta({ id: 'RedriveJob' });

export const viewRedriveJob = makeView(redriveJobFields);

export const redriveKind = {
  prefix: 'job_',
  fields: redriveJobFields,
  viewSchema: redriveJobViewSchema,
  view: viewRedriveJob,
  scopes: { read: 'notifications:read', cancel: 'notifications:write' },
  message: 'replay',
  settleSeconds: INDEX_TRAILS_SECONDS,
  cleared: (job) => ({ ...job, page: [] }),
} satisfies JobKind<RedriveJob>;
