/** The noun: work on many records, from its order to its end, and the pure steps that all kinds share. */
import * as z from 'zod';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import { checkBackOffMs } from '../store/checks.ts';
import { field, optional, PLAIN, required, type Stored, shown } from '../store/fields.ts';

/** What a job without progress waits for the reconciler at first; a page takes seconds. */
const CHECK_MS = 2 * 60_000;

export const jobStatusSchema = z.enum(['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELED']).meta({ id: 'JobStatus' });
export type JobStatus = z.output<typeof jobStatusSchema>;
export type JobEnd = 'DONE' | 'FAILED' | 'CANCELED';

export const JOB_KIND_NAMES = ['redrive', 'replay', 'erasure', 'cancel', 'reschedule'] as const;
export type JobKindName = (typeof JOB_KIND_NAMES)[number];
export const jobKindSchema = z.enum(JOB_KIND_NAMES).meta({ id: 'JobKind' });

/**
 * Of every job, before its own fields. Times are epoch ms, business time.
 * @param kinds the names that the jobs of a kind may have  @param unnamed that of a job stored without one
 */
export const jobFields = <N extends JobKindName>(kinds: z.ZodType<N>, unnamed: N) => ({
  id: field(required<string>('id'), PLAIN, shown('job_id', z.string())),
  tenant: field(required<string>('tenant'), PLAIN),
  kind: field({ ...required<N>('kind'), absent: () => unnamed }, PLAIN, shown('kind', kinds)),
  status: field(required<JobStatus>('status'), PLAIN, shown('status', jobStatusSchema)),
  reason: field(
    optional<string>('reason'),
    PLAIN,
    shown('reason', z.string().optional().meta({ description: 'Of a FAILED one: why it cannot go on.' })),
  ),
  /** Where the next page begins; absent: from the newest. */
  before: field(optional<string>('before'), PLAIN),
  /** When the reconciler looks next: a lost message must not strand a job. Absent when it has ended. */
  nextCheckAt: field(optional<number>('next_check_at'), PLAIN),
  /** Looks of the reconciler since the last progress: its backoff. */
  checks: field(required<number>('checks'), PLAIN),
  updatedAt: field(required<number>('updated_at'), PLAIN),
  /** Epoch seconds; absent while it is open. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  /** Of a canceled one, the revision before: what a worker does from that revision is still counted. */
  canceledFrom: field(optional<string>('canceled_from'), PLAIN),
  /** Random per write: how a write recognises its own success. */
  writeId: field(required<string>('write_id'), PLAIN),
});
/** After a job's own fields: the view ends with them. */
export const jobTimeFields = {
  createdAt: field(required<number>('created_at'), PLAIN, shown('created_at', timeView, rfc3339)),
  startedAt: field(optional<number>('started_at'), PLAIN, shown('started_at', timeView.optional(), rfc3339)),
  finishedAt: field(optional<number>('finished_at'), PLAIN, shown('finished_at', timeView.optional(), rfc3339)),
};

export interface Job extends Stored<ReturnType<typeof jobFields<JobKindName>> & typeof jobTimeFields> {}

/** A job as a kind orders it; the rest is {@link opened}. */
export type JobDraft<J extends Job> = Omit<J, Exclude<keyof Job, 'id' | 'tenant' | 'kind'>>;

export interface WriteContext {
  now: number;
  writeId: string;
}

export const isEnded = ({ status }: Pick<Job, 'status'>): boolean => status !== 'QUEUED' && status !== 'RUNNING';

/** What every write with progress sets. A job that pauses makes no progress meanwhile. */
const moved = ({ now, writeId }: WriteContext, pauseSeconds = 0) => ({
  nextCheckAt: now + CHECK_MS + pauseSeconds * 1000,
  checks: 0,
  updatedAt: now,
  writeId,
});

export const opened = (status: 'QUEUED' | 'RUNNING', on: WriteContext) => ({
  ...moved(on),
  status,
  createdAt: on.now,
  ...(status === 'RUNNING' && { startedAt: on.now }),
});

/** The same job where it has started, or ended, already. */
export const started = <J extends Job>(job: J, on: WriteContext): J =>
  job.status === 'QUEUED' ? { ...job, ...moved(on), status: 'RUNNING', startedAt: on.now } : job;

export const progressed = <J extends Job>(job: J, on: WriteContext, pauseSeconds?: number): J => ({
  ...job,
  ...moved(on, pauseSeconds),
});

export const ended = <J extends Job>(
  job: J,
  end: { status: JobEnd; reason?: string },
  { now, writeId, retentionMs }: WriteContext & { retentionMs: number },
): J => {
  const { before: _, nextCheckAt: __, ...rest } = job;
  const expiresAt = Math.ceil((now + retentionMs) / 1000);
  return { ...rest, ...end, updatedAt: now, finishedAt: now, expiresAt, writeId } as J;
};

/** The canceled job with what `next`, made of the revision that was canceled, has done. */
export const canceledAfter = <J extends Job>(next: J, canceled: J, { now, writeId }: WriteContext): J => {
  const { before: _, nextCheckAt: __, reason: ___, ...rest } = next;
  const { status, finishedAt, expiresAt } = canceled;
  return { ...rest, status, finishedAt, expiresAt, updatedAt: now, writeId } as J;
};

/** The reconciler's check: later each time. Undefined when there is nothing to check. */
export const checked = <J extends Job>(job: J, on: WriteContext): J | undefined => {
  if (job.nextCheckAt === undefined || job.nextCheckAt > on.now) return undefined;
  const nextCheckAt = on.now + checkBackOffMs(job.checks + 1);
  return { ...job, nextCheckAt, checks: job.checks + 1, writeId: on.writeId };
};
