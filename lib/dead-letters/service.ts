/** The verbs of the API for what ended dead: list it, order its redrive, ask how far that is. */

import { makeFairSemaphore } from '../concurrency/fair-semaphore.ts';
import { ServiceError, validationFailed } from '../errors.ts';
import { makeCountLimit } from '../jobs/count-limit.ts';
import type { JobOrders } from '../jobs/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { derivedId } from '../platform/random.ts';
import { fingerprint } from '../schema/canonical-json.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { sameContent } from '../store/idempotency.ts';
import type { ListQuery, Page } from '../store/page.ts';
import { COUNT_BYTES_MAX, type DeadFilters, type DeadLetter, type DeadLetterStore } from './dead-letter.ts';
import {
  drafted,
  type Ordered,
  PER_SECOND_DEFAULT,
  type Redrive,
  type RedriveJob,
  redriveKind,
} from './redrive-job.ts';

/**
 * What one redrive may take: counting reads the index, 1,000 keys a call and about 20 read units
 * (with a type or an endpoint also the items, 100 a call), so this bounds an answer to some
 * seconds.
 */
export const MATCHED_MAX = 100_000;
/**
 * Counts at once in this process, shared fairly between tenants. One may be a thousand calls, and
 * orders are cheap to send.
 */
const COUNTS_MAX = 2;

export interface DeadLetterServicePorts {
  deadLetters: DeadLetterStore;
  jobs: JobOrders;
  clock: Clock;
  random: Random;
}

interface Order {
  input: Redrive;
  tenant: string;
  idempotencyKey?: string;
  /** It takes what dies until so long after it was ordered, ms, and begins then. */
  settleMs?: number;
}

const tooMany = (): ServiceError =>
  validationFailed([
    {
      pointer: '/since',
      detail: `must leave at most ${MATCHED_MAX} dead letters, with notification_type or endpoint_id at most ${COUNT_BYTES_MAX} bytes of them; narrow it, or until`,
    },
  ]);

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no redrive ${id}`);

const replay = (job: RedriveJob, print: string | undefined) => ({ job: sameContent(job, print), replayed: true });

const filtersOf = ({ kind, notification_type: type, endpoint_id: endpointId, since, until }: Redrive): DeadFilters =>
  omitUndefined({ kind, type, endpointId, since, until });

export const makeDeadLetterService = (ports: DeadLetterServicePorts) => {
  const { deadLetters, jobs } = ports;
  const counts = makeFairSemaphore({ permits: COUNTS_MAX });
  const withinLimit = makeCountLimit('redrives');

  /** What died before `now`: the very same that a job ordered now would take. */
  const count = async (filters: DeadFilters, tenant: string, now: number): Promise<number> => {
    const until = Math.min(filters.until ?? now, now);
    const counting = () => counts.run(tenant, () => deadLetters.count({ ...filters, tenant, until }, MATCHED_MAX));
    const matched = await withinLimit(tenant, counting);
    if (matched === undefined) throw tooMany();
    return matched;
  };

  const store = async (ordered: Ordered, now: number) => {
    const result = await jobs.order<RedriveJob>(drafted(ordered), { now });
    return result.written ? { job: result.item, replayed: false } : replay(result.current, ordered.fingerprint);
  };

  return {
    list: (query: ListQuery & DeadFilters): Promise<Page<DeadLetter>> => deadLetters.list(query),

    /**
     * How many a redrive with these filters would take now. Throws `validation-failed` beyond
     * {@link MATCHED_MAX}, `rate-limited`.
     */
    match: ({ input, tenant }: Pick<Order, 'input' | 'tenant'>): Promise<number> =>
      count(filtersOf(input), tenant, ports.clock.now()),

    /**
     * With a key, the same again answers the first job as it is now. Throws what {@link match} does, and
     * `limit-reached`.
     */
    redrive: async (order: Order): Promise<{ job: RedriveJob; replayed: boolean }> => {
      const { input, tenant, idempotencyKey, settleMs } = order;
      const filters = filtersOf(input);
      const perSecond = input.per_second ?? PER_SECOND_DEFAULT;
      const known =
        idempotencyKey === undefined
          ? undefined
          : {
              id: derivedId('job_', tenant, 'POST /dead-letters/redrive', idempotencyKey),
              fingerprint: fingerprint(input),
            };
      const earlier = known && (await jobs.findOf(redriveKind, { id: known.id, tenant }));
      if (known && earlier) return replay(earlier, known.fingerprint);
      const now = ports.clock.now();
      const matched = await count(filters, tenant, now);
      const asOf = settleMs === undefined ? undefined : now + settleMs;
      const kind = settleMs === undefined ? 'redrive' : 'replay';
      const ordered = { tenant, kind, filters, perSecond, matched, ...omitUndefined({ asOf }) } as const;
      return store({ id: ports.random.id('job_'), ...ordered, ...known }, now);
    },

    job: async (address: { id: string; tenant: string }): Promise<RedriveJob> => {
      const job = await jobs.findOf(redriveKind, address);
      if (!job) throw notFound(address.id);
      return job;
    },
  };
};
