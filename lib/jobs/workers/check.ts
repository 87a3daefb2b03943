/** The reconciler's care for jobs: a message, a worker or a place that was lost strands none. */

import { makeAllocation } from '../allocation.ts';
import { makeHandOver } from '../hand-over.ts';
import { checked } from '../job.ts';
import type { JobPorts } from '../service.ts';

/** @returns whether a job that has made no progress since it was looked at was due for another look */
export const makeJobCheck = (ports: JobPorts) => {
  const { jobs, clock, random } = ports;
  const handOver = makeHandOver(ports);
  const allocation = makeAllocation(ports, handOver);

  return async (id: string): Promise<boolean> => {
    const job = await jobs.get(id);
    const next = job && checked(job, { now: clock.now(), writeId: random.token() });
    if (!next || !(await jobs.replace(next, job.writeId)).written) return false;
    await allocation.check(next);
    // One that waits for a place is well.
    if (next.status === 'QUEUED') return true;
    ports.metrics.reconciled({ kind: 'job' });
    await handOver(next, 0);
    return true;
  };
};
