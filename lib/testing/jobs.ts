/** What the tests of jobs start from: stores in memory, and the service over them. */
import { JOB_KINDS } from '../job-kinds/index.ts';
import type { Job } from '../jobs/job.ts';
import type { JobKind, JobWork } from '../jobs/kind.ts';
import type { Places } from '../jobs/places.ts';
import type { JobStore } from '../jobs/repository.ts';
import { type JobPorts, makeJobService } from '../jobs/service.ts';
import { makeJobCheck } from '../jobs/workers/check.ts';
import { makeJobRunner } from '../jobs/workers/run.ts';
import type { Clock } from '../platform/clock.ts';
import { makeMemoryItems } from './memory-store.ts';
import type { TestPorts } from './ports.ts';

/** An invocation whose time does not run out. */
export const forever = { remainingMs: () => 60_000 };

export const makeMemoryJobStore = (clock: Clock) => {
  const memory = makeMemoryItems<Job>(clock);
  const store: JobStore = {
    ...memory.store,
    list: async ({ matches = () => true, ...query }) => memory.list({ ...query, matches }),
  };
  return { ...memory, store };
};

export const makeTestJobs = (ports: TestPorts, kinds: readonly JobKind[] = JOB_KINDS) => {
  const jobs = makeMemoryJobStore(ports.clock);
  const places = makeMemoryItems<Places>(ports.clock);
  const { clock, random, metrics, log, queues, policy } = ports;
  const jobPorts: JobPorts = {
    ...{ clock, random, metrics, log, queues, policy, kinds },
    jobs: jobs.store,
    places: places.store,
  };
  return { jobPorts, jobs: makeJobService(jobPorts), stored: { jobs, places } };
};

/** What runs the jobs of one kind: the worker, and the reconciler's check. */
export const makeTestRunner = (ports: JobPorts, work: JobWork) => {
  const runner = makeJobRunner({ ...ports, workOf: () => work });
  return {
    ...runner,
    check: makeJobCheck(ports),
    /** Slice after slice, without waiting. */
    runToEnd: async (id: string): Promise<void> => {
      for (let slice = 0; slice < 1_000 && (await ports.jobs.get(id))?.status === 'RUNNING'; slice += 1)
        await runner.run(id, forever);
    },
  };
};
