/**
 * The runner of jobs of every kind: slice by slice, each step saved by one conditional write. It may crash,
 * or run twice, anywhere: that write decides who goes on.
 */
import { stopwatch } from '../../platform/stopwatch.ts';
import type { Written } from '../../store/item-store.ts';
import { makeAllocation } from '../allocation.ts';
import { makeHandOver } from '../hand-over.ts';
import { canceledAfter, ended, isEnded, type Job, progressed } from '../job.ts';
import { type JobWork, kindOf, type Step } from '../kind.ts';
import type { JobPorts } from '../service.ts';

/** Left of the invocation when it hands over to the next one. */
const RESERVE_MS = 15_000;
/** Of one message; then another job of the queue is carried out. */
const SLICE_MS = 10_000;

export interface RunnerPorts extends JobPorts {
  workOf(job: Job): JobWork;
}

/** Where a slice has left a job: `lost` to another worker, the reconciler, or a cancel. */
interface Slice {
  job: Job;
  state: 'open' | 'ended' | 'lost';
  delaySeconds: number;
  leavesPlace?: true | undefined;
  /** What a step, or its write, failed with. */
  error?: unknown;
}

export const makeJobRunner = (ports: RunnerPorts) => {
  const { jobs, clock, random } = ports;
  const handOver = makeHandOver(ports);
  const allocation = makeAllocation(ports, handOver);
  const stamp = () => ({ now: clock.now(), writeId: random.token() });

  const cleared = (job: Job): Job => kindOf(ports.kinds, job.id)?.cleared?.(job) ?? job;

  const nextOf = ({ next, end, reason, pauseSeconds }: Step<Job>): Job => {
    if (end === undefined) return progressed(next, stamp(), pauseSeconds);
    const { retentionMs } = ports.policy;
    return cleared(ended(next, { status: end, ...(reason !== undefined && { reason }) }, { ...stamp(), retentionMs }));
  };

  const logEnd = ({ id, tenant, kind, status, reason }: Job): void =>
    ports.log.info('job.ended', { id, tenant, kind, status, ...(reason !== undefined && { reason }) });

  /** What the step has done counts although the job was canceled meanwhile. */
  const recordLate = async (next: Job, canceled: Job): Promise<void> => {
    await jobs.replace(cleared(canceledAfter(next, canceled, stamp())), canceled.writeId);
  };

  const save = async (job: Job, next: Job): Promise<Written<Job> | undefined> => {
    const result = await jobs.replace(next, job.writeId);
    if (result.written) return result;
    const { current } = result;
    if (current?.canceledFrom === job.writeId) await recordLate(next, current);
    return undefined;
  };

  /** What a worker had done of a canceled job before it died. */
  const countLeft = async (canceled: Job): Promise<void> => {
    const counted = await ports.workOf(canceled).countLeft?.(canceled);
    if (counted) await jobs.replace({ ...counted, writeId: random.token() }, canceled.writeId);
  };

  /** At least one step, then as many as `hasTime` allows. Never rejects. */
  const slice = async (found: Job, hasTime: (elapsedMs: number, stepMs: number) => boolean): Promise<Slice> => {
    const elapsed = stopwatch(clock);
    let job = found;
    let longestMs = 0;
    try {
      const carryOut = ports.workOf(job).begin(job);
      for (;;) {
        const begun = elapsed();
        const made = await carryOut.step(job);
        const saved = await save(job, nextOf(made));
        if (!saved) return { job, state: 'lost', delaySeconds: 0 };
        job = saved.item;
        if (isEnded(job)) {
          logEnd(job);
          return { job, state: 'ended', delaySeconds: 0 };
        }
        const { pauseSeconds, leavesPlace } = made;
        if (pauseSeconds !== undefined) return { job, state: 'open', delaySeconds: pauseSeconds, leavesPlace };
        longestMs = Math.max(longestMs, elapsed() - begun);
        if (!hasTime(elapsed(), longestMs)) return { job, state: 'open', delaySeconds: 0 };
      }
    } catch (error) {
      return { job, state: 'open', delaySeconds: 0, error };
    }
  };

  /** To the queue, first: a place that is not freed then is freed when the job ends. */
  const sendOn = async ({ job, delaySeconds, leavesPlace }: Slice): Promise<void> => {
    await handOver(job, delaySeconds);
    if (leavesPlace) await allocation.leave(job);
  };

  return {
    /**
     * One slice of a job, about 10 s at most, then it sends the job on. An outage throws: SQS repeats the
     * message, and should that be lost too, the reconciler does.
     */
    run: async (id: string, invocation: { remainingMs(): number }): Promise<void> => {
      const found = await jobs.get(id);
      if (!found) return;
      if (isEnded(found)) {
        if (found.status === 'CANCELED') await countLeft(found);
        // A worker that crashed after the job's last write has left its place to this one.
        return allocation.leave(found);
      }
      if (found.status === 'QUEUED') return;
      const hasReserve = () => invocation.remainingMs() >= RESERVE_MS;
      if (!hasReserve()) return handOver(found, 0);
      const made = await slice(found, (elapsedMs, stepMs) => elapsedMs + stepMs <= SLICE_MS && hasReserve());
      if (made.error !== undefined) throw made.error;
      if (made.state === 'ended') return allocation.leave(made.job);
      if (made.state === 'open') await sendOn(made);
    },

    /**
     * Within the request that has ordered the job: its first steps, while the next one is likely to end
     * within `maxMs`; then the queue has it. Rejects only where a lost job cannot be read; an outage leaves
     * the job as far as it is.
     */
    runFirst: async (found: Job, maxMs: number): Promise<Job> => {
      if (found.status !== 'RUNNING') return found;
      const made = await slice(found, (elapsedMs, stepMs) => elapsedMs + stepMs <= maxMs);
      const { job, state, error } = made;
      if (error !== undefined) ports.log.warn('job.first_slice_failed', { id: job.id, error: String(error) });
      if (state === 'lost') return (await jobs.get(job.id)) ?? job;
      await (state === 'ended' ? allocation.leave(job) : sendOn(made)).catch((failure: unknown) => {
        ports.log.warn('job.place_not_freed', { id: job.id, error: String(failure) });
      });
      return job;
    },
  };
};
