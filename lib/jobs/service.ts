/** The verbs of the API for jobs of every kind, and the one by which kinds order theirs. */
import { forbidden } from '../auth/api-keys/credentials.ts';
import type { Scope } from '../auth/principal.ts';
import { ServiceError } from '../errors.ts';
import { makeBestEffort } from '../notifications/hand-off.ts';
import { beingRemoved } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';
import type { Retention } from '../store/retention.ts';
import { replaceIn, updateItem } from '../store/update-item.ts';
import { type AllocationPorts, makeAllocation } from './allocation.ts';
import { type HandOverPorts, makeHandOver } from './hand-over.ts';
import { ended, isEnded, type Job, type JobDraft, type JobKindName, type JobStatus, opened } from './job.ts';
import { type JobKind, kindOf } from './kind.ts';

export interface JobPorts extends AllocationPorts, HandOverPorts {
  policy: Pick<Retention, 'retentionMs'>;
}

/** By then a page that was in flight when its job was canceled has ended, or its worker has died. */
const PAGE_ENDS_SECONDS = 60;

/** What a caller may do. */
export type Allows = (scope: Scope) => boolean;

interface Addressed {
  id: string;
  tenant: string;
  allows: Allows;
}

/** `current` has the id already. */
type Ordered<J> = { written: true; item: J } | { written: false; current: J };

/** By which kinds order their jobs, and find them again. */
export type JobOrders = Pick<ReturnType<typeof makeJobService>, 'order' | 'findOf'>;

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no job ${id}`);

const alreadyEnded = ({ id, status }: Job): ServiceError =>
  new ServiceError('already-ended', `The job ${id} is ${status} already.`, { extensions: { job_status: status } });

const notCancelable = (id: string): ServiceError =>
  new ServiceError('not-cancelable', `The job ${id} is of a kind that always runs to its end.`);

export const makeJobService = (ports: JobPorts) => {
  const { jobs, clock, random } = ports;
  const handOver = makeHandOver(ports);
  const bestEffort = makeBestEffort(ports);
  const allocation = makeAllocation(ports, handOver);

  const find = async ({ id, tenant }: { id: string; tenant: string }): Promise<Job | undefined> => {
    const job = await jobs.get(id);
    return job?.tenant === tenant ? job : undefined;
  };

  /** An outage in which orders fail must not hold all places for the minute after it. */
  const leaveUnstored = async ({ id, tenant }: Pick<Job, 'id' | 'tenant'>): Promise<void> => {
    if (!(await jobs.get(id))) await allocation.leave({ id, tenant });
  };

  const mayRead = (id: string, allows: Allows): boolean => {
    const kind = kindOf(ports.kinds, id);
    return kind !== undefined && allows(kind.scopes.read);
  };

  /** The scope is judged by the id alone: the answer says nothing about what there is. */
  const kindFor = ({ id, allows }: Addressed): JobKind => {
    const kind = kindOf(ports.kinds, id);
    if (!kind) throw notFound(id);
    if (allows(kind.scopes.read)) return kind;
    throw forbidden(kind.scopes.read, {});
  };

  return {
    /** The tenant's job with this id, if it is one of this kind. */
    findOf: async <J extends Job>(kind: JobKind<J>, address: { id: string; tenant: string }): Promise<J | undefined> =>
      address.id.startsWith(kind.prefix) ? ((await find(address)) as J | undefined) : undefined,

    /**
     * Takes a place, stores the job, then sends its message best effort if it runs; a conflict says what has
     * that id. Throws `limit-reached`: then nothing is written.
     * @param now the time of the order, epoch ms  @param isCarriedOut its caller runs its first slice itself
     */
    order: async <J extends Job>(
      draft: JobDraft<J>,
      { now = clock.now(), isCarriedOut = false }: { now?: number; isCarriedOut?: boolean } = {},
    ): Promise<Ordered<J>> => {
      // Before it takes a place: in an outage of the store, or of its keys, it could not be stored.
      const current = await jobs.get(draft.id);
      if (current) return { written: false, current: current as J };
      const status = await allocation.take(draft);
      const job = { ...draft, ...opened(status, { now, writeId: random.token() }) } as unknown as J;
      const result = await jobs.create(job).catch(async (error: unknown) => {
        await bestEffort('job', job.id, leaveUnstored(job));
        throw error;
      });
      if (!result.written) {
        if (!result.current) throw beingRemoved();
        return { written: false, current: result.current as J };
      }
      if (status === 'QUEUED') await bestEffort('job', job.id, allocation.settle(job));
      else if (!isCarriedOut) await handOver(job);
      return { written: true, item: job };
    },

    get: async (address: Addressed): Promise<Job> => {
      kindFor(address);
      const job = await find(address);
      if (!job) throw notFound(address.id);
      return job;
    },

    /** Only of the kinds that the caller may read. */
    list: (query: ListQuery & { allows: Allows; status?: JobStatus; kind?: JobKindName }): Promise<Page<Job>> => {
      const { allows, status, kind, ...at } = query;
      const matches = (job: Job): boolean =>
        mayRead(job.id, allows) &&
        (status === undefined || job.status === status) &&
        (kind === undefined || job.kind === kind);
      return jobs.list({ ...at, matches });
    },

    /**
     * Nothing further is begun; a page that is in flight is finished and counted. Repeating it
     * repeats the answer. Throws `not-cancelable`, and `already-ended` for a DONE or FAILED one.
     */
    cancel: async (address: Addressed): Promise<Job> => {
      const kind = kindFor(address);
      const { cancel: scope } = kind.scopes;
      if (scope !== undefined && !address.allows(scope)) throw forbidden(scope, {});
      const { after } = await updateItem(replaceIn(jobs), await find(address), (job) => {
        if (scope === undefined) throw notCancelable(address.id);
        if (job.status === 'CANCELED') return job;
        if (isEnded(job)) throw alreadyEnded(job);
        const on = { now: clock.now(), writeId: random.token(), retentionMs: ports.policy.retentionMs };
        const canceled = { ...ended(job, { status: 'CANCELED' }, on), canceledFrom: job.writeId };
        return kind.cleared?.(canceled) ?? canceled;
      });
      if (!after) throw notFound(address.id);
      await bestEffort('job', after.id, allocation.leave(after));
      if (kind.isLeftToCount?.(after)) await handOver(after, PAGE_ENDS_SECONDS);
      return after;
    },
  };
};
