/** The noun: one bulk cancel or reschedule, and the pure steps of its life. */
import * as z from 'zod';
import { type JobDraft, jobFields, jobTimeFields } from '../jobs/job.ts';
import type { JobKind } from '../jobs/kind.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import {
  CONFIDENTIAL,
  derived,
  field,
  makeView,
  optional,
  PLAIN,
  required,
  type Stored,
  shown,
  viewShape,
} from '../store/fields.ts';
import type { Selector, TimePatch } from './command.ts';
import { OUTCOMES, type Outcome, type Result } from './results.ts';

/**
 * What it is about to do: raise the fence, walk the index, wait for what the index did not show yet, walk it
 * again. A reschedule walks once.
 */
export type Phase = 'fence' | 'first' | 'settle' | 'second';

const count = (description: string) => z.int().meta({ description });

export const bulkJobFields = {
  ...jobFields(z.enum(['cancel', 'reschedule']).meta({ id: 'BulkKind' }), 'cancel'),
  asOf: derived({ as_of: timeView }, ({ createdAt }: { createdAt: number }) => ({ as_of: rfc3339(createdAt) })),
  /** Only while it is open: it may name a person. */
  selector: field(optional<Selector>('selector'), CONFIDENTIAL),
  time: field(optional<TimePatch>('time'), PLAIN),
  phase: field(required<Phase>('phase'), PLAIN),
  /** When the second walk may begin; wall-clock time, epoch ms. */
  settlesAt: field(optional<number>('settles_at'), PLAIN),
  matched: field(
    required<number>('matched'),
    PLAIN,
    shown('matched', count('Dealt with so far: the sum of the four below.')),
  ),
  changed: field(required<number>('changed'), PLAIN, shown('changed', count('Canceled, or moved.'))),
  too_late: field(
    required<number>('too_late'),
    PLAIN,
    shown('too_late', count('Claimed for sending when their turn came.')),
  ),
  not_applicable: field(
    required<number>('not_applicable'),
    PLAIN,
    shown('not_applicable', count('Of the other form of timing, or ended or edited meanwhile.')),
  ),
  failed: field(required<number>('failed'), PLAIN, shown('failed', count('Refused by a rule, such as `if_past`.'))),
  /** The ids of the current page, stored before the first of them is touched. */
  page: field(required<string[]>('page'), PLAIN),
  /** The current page is the last one of its walk. */
  last: field(required<boolean>('last'), PLAIN),
  /** There are more members than a command may have. */
  isOver: field(optional<true>('is_over'), PLAIN),
  /** Pages of results that are written. */
  pages: field(required<number>('pages'), PLAIN),
  /** SHA-256 of what was ordered, where the id derives from an Idempotency-Key. */
  fingerprint: field(optional<string>('fingerprint'), PLAIN),
  ...jobTimeFields,
};

export interface BulkJob extends Stored<typeof bulkJobFields> {}

export type Ordered = Pick<BulkJob, 'id' | 'tenant' | 'kind'> & {
  selector: Selector;
} & Partial<Pick<BulkJob, 'time' | 'fingerprint'>>;

export const drafted = (ordered: Ordered): JobDraft<BulkJob> => ({
  ...ordered,
  phase: ordered.kind === 'cancel' ? 'fence' : 'first',
  ...{ matched: 0, changed: 0, too_late: 0, not_applicable: 0, failed: 0 },
  ...{ page: [], last: false, pages: 0 },
});

/** Throws when it has ended: without a selector nothing may be touched. */
export const selectorOfJob = ({ id, selector }: BulkJob): Selector => {
  if (selector?.entityId === undefined && selector?.group === undefined)
    throw new Error(`the job ${id} has no selector`);
  return selector;
};

/** With the results of the current page. */
export const counted = (job: BulkJob, results: readonly Result[]): BulkJob => {
  const of = (wanted: Outcome): number => results.filter(({ outcome }) => outcome === wanted).length;
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, job[outcome] + of(outcome)]));
  return { ...job, ...counts, matched: job.matched + results.length, page: [], pages: job.pages + 1 };
};

/** With the next page of its walk. @param membersMax of the whole job */
export const planned = (job: BulkJob, page: { ids: string[]; next?: string }, membersMax: number): BulkJob => {
  const { before: _, ...rest } = job;
  const ids = page.ids.slice(0, membersMax - job.matched);
  if (ids.length < page.ids.length) return { ...rest, page: ids, last: true, isOver: true };
  return {
    ...rest,
    page: ids,
    last: page.next === undefined,
    ...(page.next !== undefined && { before: page.next }),
  };
};

/** At the newest again. */
export const inPhase = (job: BulkJob, phase: Phase): BulkJob => {
  const { before: _, ...rest } = job;
  return { ...rest, phase, last: false };
};

export const bulkJobViewSchema = z.object(viewShape(bulkJobFields)).meta({ id: 'BulkJob' });

export const viewBulkJob = makeView(bulkJobFields);

export const bulkKind = {
  prefix: 'blk_',
  fields: bulkJobFields,
  viewSchema: bulkJobViewSchema,
  view: viewBulkJob,
  scopes: { read: 'notifications:read', cancel: 'notifications:write' },
  message: 'job',
  settleSeconds: 0,
  cleared: ({ selector: _, page, ...ended }) => ({ ...ended, page: ended.status === 'CANCELED' ? page : [] }),
  isLeftToCount: ({ page }) => page.length > 0,
} satisfies JobKind<BulkJob>;
