/**
 * What long jobs share (redrive, erasure): carried by one queue, saved page by page, watched by the
 * reconciler.
 */
import * as z from 'zod';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import { field, optional, PLAIN, required, type Stored, shown } from './fields.ts';
import type { ItemStore } from './item-store.ts';

/** What a job without progress waits for the reconciler at first; a page takes seconds. */
const CHECK_MS = 2 * 60_000;
const CHECK_BACKOFF_MAX_MS = 10 * 60_000;
/** Left of the invocation when it hands over to the next one. */
const RESERVE_MS = 15_000;

export const jobStatusSchema = z.enum(['RUNNING', 'DONE']).meta({ id: 'JobStatus' });

/** Of every job, beside its own. Times are epoch ms, business time. */
export const jobFields = {
  id: field(required<string>('id'), PLAIN, shown('job_id', z.string())),
  tenant: field(required<string>('tenant'), PLAIN),
  status: field(required<z.output<typeof jobStatusSchema>>('status'), PLAIN, shown('status', jobStatusSchema)),
  /** Where the next page begins; absent: from the newest. */
  before: field(optional<string>('before'), PLAIN),
  /** When the reconciler looks next: a lost message must not strand a job. Absent when done. */
  nextCheckAt: field(optional<number>('next_check_at'), PLAIN),
  /** Looks of the reconciler since the last progress: its backoff. */
  checks: field(required<number>('checks'), PLAIN),
  updatedAt: field(required<number>('updated_at'), PLAIN),
  /** Epoch seconds; absent while running. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  /** Random per write: how a write recognises its own success. */
  writeId: field(required<string>('write_id'), PLAIN),
};
/** After a job's own fields: the view ends with them. */
export const jobTimeFields = {
  createdAt: field(required<number>('created_at'), PLAIN, shown('created_at', timeView, rfc3339)),
  finishedAt: field(optional<number>('finished_at'), PLAIN, shown('finished_at', timeView.optional(), rfc3339)),
};

export interface Job extends Stored<typeof jobFields & typeof jobTimeFields> {}

export interface WriteContext {
  now: number;
  writeId: string;
}

/** What every write with progress sets. */
export const moved = ({ now, writeId }: WriteContext) => ({
  nextCheckAt: now + CHECK_MS,
  checks: 0,
  updatedAt: now,
  writeId,
});

export const opened = (on: WriteContext) => ({ ...moved(on), status: 'RUNNING' as const, createdAt: on.now });

export const closed = <J extends Job>(
  job: J,
  { now, writeId, retentionMs }: WriteContext & { retentionMs: number },
) => {
  const { before: _, nextCheckAt: __, ...rest } = job;
  const expiresAt = Math.ceil((now + retentionMs) / 1000);
  return { ...rest, status: 'DONE' as const, updatedAt: now, finishedAt: now, expiresAt, writeId };
};

/** The reconciler's check: later each time. Undefined when there is nothing to resume. */
export const checked = <J extends Job>(job: J, on: WriteContext): J | undefined => {
  if (job.nextCheckAt === undefined || job.nextCheckAt > on.now) return undefined;
  const backOffMs = Math.min(CHECK_MS * 2 ** job.checks, CHECK_BACKOFF_MAX_MS);
  return { ...job, nextCheckAt: on.now + backOffMs, checks: job.checks + 1, writeId: on.writeId };
};

/** The job after a page. With a pause it goes on in another invocation. */
export interface Step<J> {
  next: J;
  pauseSeconds?: number;
}

export interface JobRunnerPorts<J> {
  jobs: ItemStore<J>;
  stamp(): WriteContext;
  /** Sends the job on, best effort: never rejects. */
  resume(job: J, delaySeconds: number): Promise<void>;
  /** Made once per invocation. */
  stepper(job: J): (job: J) => Promise<Step<J>>;
}

export const makeJobRunner = <J extends Job>({ jobs, stamp, resume, stepper }: JobRunnerPorts<J>) => ({
  /**
   * Carries a job on until it is done, pauses, or the invocation's time is nearly used up; then it sends
   * itself on. An outage throws: SQS repeats the message, and should that be lost too, the reconciler does.
   */
  run: async (id: string, invocation: { remainingMs(): number }): Promise<void> => {
    let job = await jobs.get(id);
    const step = job && stepper(job);
    while (step && job?.status === 'RUNNING') {
      if (invocation.remainingMs() < RESERVE_MS) return resume(job, 0);
      const { next, pauseSeconds } = await step(job);
      // Lost to another worker, or to the reconciler, which has sent for one: that one goes on from
      // what is stored.
      if (!(await jobs.replace(next, job.writeId)).written) return;
      if (pauseSeconds !== undefined) return resume(next, pauseSeconds);
      job = next;
    }
  },

  /** For the reconciler: true when a job without progress was resumed. */
  check: async (id: string): Promise<boolean> => {
    const job = await jobs.get(id);
    const next = job && checked(job, stamp());
    if (!next || !(await jobs.replace(next, job.writeId)).written) return false;
    await resume(next, 0);
    return true;
  },
});
