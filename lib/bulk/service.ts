/** The verbs of the API: order a bulk cancel or reschedule, count its members, read what became of each. */
import { ServiceError, validationFailed } from '../errors.ts';
import type { FenceWriter } from '../fences/raise.ts';
import { makeCountLimit } from '../jobs/count-limit.ts';
import type { Job } from '../jobs/job.ts';
import type { JobOrders } from '../jobs/service.ts';
import type { Clock } from '../platform/clock.ts';
import { derivedId, type Random } from '../platform/random.ts';
import { stopwatch } from '../platform/stopwatch.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { sameContent } from '../store/idempotency.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { Page } from '../store/page.ts';
import type { Log } from '../telemetry/log-interface.ts';
import { type BulkJob, bulkKind, drafted } from './bulk-job.ts';
import { type BulkCancel, type BulkReschedule, type Selector, selectorOf, timePatchOf } from './command.ts';
import { fenceOf } from './fence.ts';
import { type MemberPorts, makeMembers } from './members.ts';
import { type Result, type ResultPage, readResults } from './results.ts';
import { timeErrors } from './times.ts';

/** Of the request that orders it: what it works on the members itself, ms. */
const FIRST_SLICE_MS = 5_000;

export interface BulkServicePorts extends MemberPorts {
  jobs: JobOrders;
  /** The first slice of a job that was just ordered; it does not reject in an outage. */
  runFirst(job: Job, maxMs: number): Promise<Job>;
  fences: FenceWriter;
  results: Pick<ItemStore<ResultPage>, 'get'>;
  clock: Clock;
  random: Random;
  log: Log;
}

export type BulkOrder = { tenant: string; idempotencyKey?: string } & (
  | { kind: 'cancel'; input: BulkCancel }
  | { kind: 'reschedule'; input: BulkReschedule }
);
/** What a dry run found. Without `isComplete` there are more: it ran out of time. */
export interface Count {
  matched: number;
  asOf: number;
  isComplete: boolean;
}

const replay = (job: BulkJob, print: string | undefined) => ({ job: sameContent(job, print), replayed: true });

export const makeBulkService = (ports: BulkServicePorts) => {
  const { clock, fences, jobs, random } = ports;
  const members = makeMembers(ports);
  const withinLimit = makeCountLimit('dry runs');

  const identityOf = ({ kind, tenant, input, idempotencyKey: key }: BulkOrder) =>
    key === undefined
      ? { id: random.id(bulkKind.prefix) }
      : {
          id: derivedId(bulkKind.prefix, tenant, `POST /notifications/${kind}`, key),
          fingerprint: fingerprint(input),
        };

  /** A job that waits for its turn covers what events cause meanwhile; its first step repeats what fails. */
  const fenceQueued = async (job: BulkJob, selector: Selector): Promise<void> => {
    try {
      await fences.raise(...fenceOf(job, selector));
    } catch (error) {
      ports.log.warn('bulk.fence_delayed', { id: job.id, error: String(error) });
    }
  };

  /** A repetition with a key is recognised before: these rules depend on the time of day. */
  const checkTimes = ({ kind, input }: BulkOrder): void => {
    const errors = kind === 'reschedule' ? timeErrors(timePatchOf(input), clock.now()) : [];
    if (errors.length > 0) throw validationFailed(errors);
  };

  const count = async (selector: Selector, tenant: string): Promise<Count> => {
    const elapsed = stopwatch(clock);
    const asOf = clock.now();
    let matched = 0;
    let before: string | undefined;
    do {
      const page = await members.page({ tenant, selector, asOf, withCaused: false }, omitUndefined({ before }));
      matched += page.items.length;
      before = page.next;
    } while (before !== undefined && elapsed() < FIRST_SLICE_MS);
    return { matched, asOf, isComplete: before === undefined };
  };

  return {
    /**
     * Stores the job, then works on it for 5 s at most. With a key, the same again answers the first job as
     * it is now. Throws `limit-reached`, and writes nothing: too many jobs, or filtered cancels of that
     * entity or group.
     */
    order: async (order: BulkOrder): Promise<{ job: BulkJob; replayed: boolean }> => {
      const { kind, tenant, input } = order;
      const identity = identityOf(order);
      const print = 'fingerprint' in identity ? identity.fingerprint : undefined;
      const earlier = print === undefined ? undefined : await jobs.findOf(bulkKind, { id: identity.id, tenant });
      if (earlier) return replay(earlier, print);
      checkTimes(order);
      const selector = selectorOf(input);
      const now = clock.now();
      if (kind === 'cancel') await fences.check(...fenceOf({ ...identity, tenant, createdAt: now }, selector));
      const time = kind === 'reschedule' ? timePatchOf(input) : undefined;
      const draft = drafted({ ...identity, tenant, kind, selector, ...omitUndefined({ time }) });
      const result = await jobs.order<BulkJob>(draft, { now, isCarriedOut: true });
      if (!result.written) return replay(result.current, print);
      if (result.item.status === 'QUEUED' && kind === 'cancel') await fenceQueued(result.item, selector);
      return { job: (await ports.runFirst(result.item, FIRST_SLICE_MS)) as BulkJob, replayed: false };
    },

    /** How many there are now, as far as 5 s go. Throws `rate-limited`. */
    count: async (order: BulkOrder): Promise<Count> => {
      checkTimes(order);
      return withinLimit(order.tenant, () => count(selectorOf(order.input), order.tenant));
    },

    /** What became of each member so far. Throws `not-found`. */
    results: async (
      address: { id: string; tenant: string },
      at: { limit: number; before?: string },
    ): Promise<Page<Result>> => {
      const job = await jobs.findOf(bulkKind, address);
      if (!job) throw new ServiceError('not-found', `There is no bulk command ${address.id}`);
      return readResults(ports.results, job, at);
    },
  };
};
