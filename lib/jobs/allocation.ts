/**
 * Gives a tenant's places to its jobs in the order in which they were ordered. The item of the places is
 * written first, then the job, then the message is sent. What a crash leaves in between is completed by the
 * next order, or by the reconciler, which looks at each job until it has ended.
 */
import { makeFairSemaphore } from '../concurrency/fair-semaphore.ts';
import { ServiceError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { ItemStore } from '../store/item-store.ts';
import { contended, getOrCreate, replaceIn, updateItem } from '../store/update-item.ts';
import { isEnded, type Job, started } from './job.ts';
import { type JobKind, kindOf } from './kind.ts';
import * as machine from './places.ts';
import type { JobStore } from './repository.ts';

export interface AllocationPorts {
  jobs: JobStore;
  places: ItemStore<machine.Places>;
  kinds: readonly JobKind[];
  clock: Clock;
  random: Random;
}

type Owned = Pick<Job, 'id' | 'tenant'>;

/** Changes at once in this process, one of each tenant: its orders must not run into each other's writes. */
const CHANGES_MAX = 20;

const limitReached = (): ServiceError =>
  new ServiceError(
    'limit-reached',
    `There are ${machine.RUNNING_MAX} jobs running and ${machine.QUEUED_MAX} waiting already: try again when one has ended, or cancel one`,
  );

/** @param send sends the message of a job that has just started, best effort: it never rejects */
export const makeAllocation = (ports: AllocationPorts, send: (job: Job) => Promise<void>) => {
  const { jobs, places, clock, random } = ports;
  const changes = makeFairSemaphore({ permits: CHANGES_MAX, shareOf: () => 1 });

  const placesOf = (tenant: string): Promise<machine.Places> => {
    const id = machine.placesId(tenant);
    const stamp = () => ({ createdAt: clock.now(), writeId: random.token() });
    return getOrCreate(places, id, () => ({ id, tenant, running: [], queued: [], ...stamp() }));
  };

  /** Starts the jobs that get a place by it, except `taker`, which is not stored yet. */
  const change = async (
    found: machine.Places,
    decide: (current: machine.Places, writeId: string) => machine.Places,
    taker?: string,
  ): Promise<machine.Places> => {
    const { before, after } = await changes.run(found.tenant, () =>
      updateItem(replaceIn(places), found, (current) => decide(current, random.token())),
    );
    if (!before || !after) throw contended();
    for (const place of machine.promoted(before, after)) if (place.id !== taker) await start(place, after.tenant);
    return after;
  };

  const leave = async ({ id, tenant }: Owned): Promise<void> => {
    const found = await places.get(machine.placesId(tenant));
    if (!found || !machine.isListed(found, id)) return;
    await change(found, (current, writeId) => machine.left(current, new Set([id]), writeId));
  };

  /** Of several at once one starts it, and sends its message. */
  const start = async (place: machine.Place, tenant: string): Promise<void> => {
    const { id } = place;
    const found = await jobs.get(id);
    const { after, isWritten } = await updateItem(replaceIn(jobs), found, (job) =>
      started(job, { now: clock.now(), writeId: random.token() }),
    );
    if (isGone(place, after)) return leave({ id, tenant });
    if (after && isWritten) await send(after);
  };

  const isGone = (place: machine.Place, job: Job | undefined): boolean => {
    if (job) return isEnded(job);
    return machine.isLapsed(place, clock.real(), kindOf(ports.kinds, place.id) !== undefined);
  };

  /** Starts what should be running, and frees the places of what has ended. */
  const sweep = async (found: machine.Places): Promise<machine.Places> => {
    const running = await Promise.all(found.running.map(async (place) => ({ place, job: await jobs.get(place.id) })));
    const gone = new Set(running.filter(({ place, job }) => isGone(place, job)).map(({ place }) => place.id));
    for (const { place, job } of running) if (job?.status === 'QUEUED') await start(place, found.tenant);
    return change(found, (current, writeId) => machine.left(current, gone, writeId));
  };

  return {
    /**
     * Takes a place for a job that is about to be stored: whether it runs, or waits for one. Throws
     * `limit-reached`.
     */
    take: async ({ id, tenant }: Owned): Promise<'RUNNING' | 'QUEUED'> => {
      const found = await placesOf(tenant);
      const swept = found.running.length < machine.RUNNING_MAX ? found : await sweep(found);
      const place = { id, at: clock.real() };
      const decide = (current: machine.Places, writeId: string) => {
        const next = machine.taken(current, place, writeId);
        if (!next) throw limitReached();
        return next;
      };
      const after = await change(swept, decide, id);
      return machine.isRunning(after, id) ? 'RUNNING' : 'QUEUED';
    },

    /** For a job that was stored as waiting: it may have got a place while it was being stored. */
    settle: async ({ id, tenant }: Owned): Promise<void> => {
      const found = await placesOf(tenant);
      if (machine.isRunning(found, id)) await start({ id, at: clock.real() }, tenant);
    },

    /** Frees the place of a job that has ended. Idempotent. */
    leave,

    /** For the reconciler: gives an open job the place it has lost, and starts what should be running. */
    check: async (job: Job): Promise<void> => {
      const place = { id: job.id, at: clock.real() };
      const before = await placesOf(job.tenant);
      const after = await change(before, (current, writeId) =>
        job.status === 'RUNNING'
          ? machine.resumed(current, place, writeId)
          : (machine.taken(current, place, writeId, true) ?? current),
      );
      if (job.status === 'QUEUED') await sweep(after);
      // It may have ended, and left, before it was given this place.
      else if (!machine.isListed(before, job.id) && isGone(place, await jobs.get(job.id))) await leave(job);
    },
  };
};
