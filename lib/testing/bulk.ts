/** What the tests of bulk commands start from: ports in memory, the service, and what runs its jobs. */

import type { BulkJob } from '../bulk/bulk-job.ts';
import type { ResultPage } from '../bulk/results.ts';
import { makeBulkService } from '../bulk/service.ts';
import { type BulkPolicy, makeBulkWork } from '../bulk/workers/bulk.ts';
import { makeEventProcessService } from '../events/workers/process.ts';
import { makeFenceCheck } from '../fences/check.ts';
import { fencesId } from '../fences/fence.ts';
import { makeFences } from '../fences/raise.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { makeEvent } from './event.ts';
import { makeTestJobs, makeTestRunner } from './jobs.ts';
import { makeMemoryEventStore } from './memory-event-store.ts';
import { makeMemoryItems } from './memory-store.ts';
import { makeTestPorts } from './ports.ts';

export const SETTLE_MS = 15_000;

export const makeBulkPorts = (bulk: Partial<BulkPolicy> = {}) => {
  const ports = makeTestPorts();
  const events = makeMemoryEventStore(ports.clock);
  const results = makeMemoryItems<ResultPage>(ports.clock);
  const { stored, ...jobs } = makeTestJobs(ports);
  return {
    ...ports,
    ...jobs,
    events: events.store,
    results: results.store,
    bulk: { membersMax: 100_000, settleMs: SETTLE_MS, ...bulk },
    stored: { notifications: ports.memory, events, results, fences: ports.memoryFences, ...stored },
  };
};
export type BulkPorts = ReturnType<typeof makeBulkPorts>;

export const makeBulk = (ports: BulkPorts) => {
  const fences = makeFences(ports);
  const work = makeBulkWork({ ...ports, fences, fenceCheck: makeFenceCheck(ports) });
  const runner = makeTestRunner(ports.jobPorts, work);
  return { runner, bulk: makeBulkService({ ...ports, fences, runFirst: runner.runFirst }) };
};

/** The services of one tenant, with what a test asks of them. */
export const setUpBulk = (policy: Partial<BulkPolicy> = {}, tenant = 'default') => {
  const ports = makeBulkPorts(policy);
  const { bulk, runner } = makeBulk(ports);
  const notifications = makeNotificationService(ports);
  const events = makeEventProcessService(ports);
  const input = { notification_type: 'user.signup', email: 'a@example.com', entity_id: 'user-1' };
  const later = () => new Date(ports.clock.now() + 3_600_000).toISOString();
  let published = 0;

  return {
    ...{ ports, bulk, runner, notifications, events, tenant },
    create: async (changes: Record<string, unknown> = {}) => {
      const timing = 'target_date' in changes ? {} : { send_at: later() };
      return (await notifications.create({ input: { ...input, ...timing, ...changes }, tenant })).item;
    },
    /** Accepted now, and processed when a test says so. */
    publish: async (payload: Record<string, unknown> = {}, type = 'user.signup') => {
      published += 1;
      const id = `evt_${published}`;
      const event = makeEvent({ id, tenant, type, payload: { user_id: 'user-1', email: 'a@example.com', ...payload } });
      await ports.events.create({ ...event, createdAt: ports.clock.now(), writeId: id });
      return id;
    },
    cancel: (input: Record<string, unknown> = { entity_id: 'user-1' }, idempotencyKey?: string) =>
      bulk.order({ kind: 'cancel', input, tenant, ...(idempotencyKey !== undefined && { idempotencyKey }) }),
    reschedule: (input: Record<string, unknown>) =>
      bulk.order({ kind: 'reschedule', input: { if_past: 'send', ...input }, tenant }),
    read: (id: string) => ports.memory.read(id),
    job: (id: string) => ports.stored.jobs.read(id) as BulkJob | undefined,
    /** Lets the wait go by, and runs the job to its end. */
    finish: async (id: string): Promise<BulkJob | undefined> => {
      ports.clock.pass(SETTLE_MS);
      await runner.runToEnd(id);
      return ports.stored.jobs.read(id) as BulkJob | undefined;
    },
    results: async (id: string) => (await bulk.results({ id, tenant }, { limit: 100 })).items,
    fencesOf: (by: 'entity' | 'group', value: string) =>
      ports.memoryFences.read(fencesId(tenant, by, value))?.fences ?? [],
  };
};
