/** Sends a job on, best effort: the reconciler does what was lost. */
import { type BestEffortPorts, makeBestEffort } from '../notifications/hand-off.ts';
import type { WorkQueues } from '../store/work-queues.ts';
import type { Job } from './job.ts';
import { type JobKind, kindOf } from './kind.ts';

export interface HandOverPorts extends BestEffortPorts {
  kinds: readonly JobKind[];
  queues: Pick<WorkQueues, 'job'>;
}

/** SQS delays a message no longer. A job that is resumed too early pauses again. */
const DELAY_MAX_SECONDS = 900;

/** @returns a function that never rejects; without a delay the job is begun once its indexes have settled */
export const makeHandOver = (ports: HandOverPorts) => {
  const bestEffort = makeBestEffort(ports);
  return async (job: Job, delaySeconds?: number): Promise<void> => {
    const kind = kindOf(ports.kinds, job.id);
    if (!kind) return;
    const { message, settleSeconds } = kind;
    const delay = Math.min(delaySeconds ?? settleSeconds, DELAY_MAX_SECONDS);
    await bestEffort(message, job.id, ports.queues.job(job, message, delay));
  };
};
