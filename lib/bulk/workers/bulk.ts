/**
 * The worker behind a bulk command: the fence of a cancel first, then page by page from the newest member to
 * the oldest; a cancel walks again 15 s later, as indexes trail. It may crash, or run twice, anywhere: each
 * member's own conditional write decides, the page of results says what counts, the job's write who goes on.
 */
import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import { isUnavailable, ServiceError } from '../../errors.ts';
import type { FenceWriter } from '../../fences/raise.ts';
import type { JobWork, Step } from '../../jobs/kind.ts';
import type { Notification } from '../../notifications/notification.ts';
import { CLOCKS_DIFFER_MS } from '../../platform/clock.ts';
import { beingRemoved, type ItemStore } from '../../store/item-store.ts';
import { type BulkJob, bulkKind, counted, inPhase, planned, selectorOfJob } from '../bulk-job.ts';
import { fenceOf } from '../fence.ts';
import { type MemberPorts, makeMembers } from '../members.ts';
import { type Result, type ResultPage, resultPageId } from '../results.ts';
import { type MemberChangePorts, makeMemberChange } from './change.ts';

const PARALLEL = 10;
/** Results outlive a job that takes so long, ms. */
const JOB_LASTS_MS = 30 * 86_400_000;

export interface BulkPolicy {
  /** Members of one command at most. */
  membersMax: number;
  /** Between the fence and the second walk, wall-clock time, ms. */
  settleMs: number;
}
export const BULK_POLICY: BulkPolicy = { membersMax: 100_000, settleMs: 15_000 };
/** Between the last write of the first walk and the second, which is to find what is changed. */
const INDEX_TRAILS_MS = 2_000;

export interface BulkPorts extends Omit<MemberChangePorts, 'events' | 'notifications'> {
  notifications: MemberChangePorts['notifications'] & MemberPorts['notifications'];
  events: MemberChangePorts['events'] & MemberPorts['events'];
  fences: FenceWriter;
  results: ItemStore<ResultPage>;
  bulk: BulkPolicy;
}

/** The current page's members, where this slice has listed them. */
type Listed = ReadonlyMap<string, Notification>;

export const makeBulkWork = (ports: BulkPorts): JobWork<BulkJob> => {
  const { clock, fences, random, results, policy } = ports;
  const { membersMax, settleMs } = ports.bulk;
  const members = makeMembers(ports);
  const change = makeMemberChange(ports);

  /** Also after a crash: the fence is written at least once before the wait begins. */
  const raise = async (job: BulkJob): Promise<Step<BulkJob>> => {
    try {
      await fences.raise(...fenceOf(job, selectorOfJob(job)));
    } catch (error) {
      if (!(error instanceof ServiceError) || isUnavailable(error)) throw error;
      return { next: job, end: 'FAILED', reason: error.code };
    }
    return { next: { ...inPhase(job, 'first'), settlesAt: clock.real() + settleMs } };
  };

  /** As it was written first. */
  const recorded = async (job: BulkJob, made: Result[]): Promise<Result[]> => {
    const { tenant, pages } = job;
    const expiresAt = Math.ceil((clock.now() + policy.retentionMs + JOB_LASTS_MS) / 1000);
    const page = { id: resultPageId(job.id, pages), tenant, results: made, createdAt: clock.now(), expiresAt };
    const stored = await results.create({ ...page, writeId: random.token() });
    if (stored.written) return made;
    if (!stored.current) throw beingRemoved();
    return stored.current.results;
  };

  const carryOut = async (job: BulkJob, listed: Listed): Promise<BulkJob> => {
    if (job.page.length === 0) return job;
    const made = new Map<string, Result>();
    await forEachParallel(job.page, PARALLEL, async (id) => {
      made.set(id, await change(job, id, listed.get(id)));
    });
    return counted(
      job,
      await recorded(
        job,
        job.page.flatMap((id) => made.get(id) ?? []),
      ),
    );
  };

  /** Those of the first walk that it did not change: their items do not tell. */
  const unchangedOf = async (job: BulkJob): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    if (job.changed === job.matched) return ids;
    await forEachParallel([...Array(job.pages).keys()], PARALLEL, async (number) => {
      const page = await results.get(resultPageId(job.id, number));
      for (const { id, outcome } of page?.results ?? []) if (outcome !== 'changed') ids.add(id);
    });
    return ids;
  };

  const plan = async (job: BulkJob, unchanged: () => Promise<ReadonlySet<string>>): Promise<[BulkJob, Listed]> => {
    const known: ReadonlySet<string> = job.phase === 'second' ? await unchanged() : new Set<string>();
    const command = {
      ...{ tenant: job.tenant, selector: selectorOfJob(job), asOf: job.createdAt },
      withCaused: job.kind === 'cancel',
    };
    const { items, next } = await members.page(command, {
      ...(job.before !== undefined && { before: job.before }),
      isKnown: ({ id, bulkJob }) => bulkJob === job.id || known.has(id),
    });
    const page = { ids: items.map(({ id }) => id), ...(next !== undefined && { next }) };
    return [planned(job, page, membersMax), new Map(items.map((item) => [item.id, item]))];
  };

  /** @param isRaisedHere the wait has begun by this host's clock */
  const afterWalk = (job: BulkJob, isRaisedHere: boolean): Step<BulkJob> => {
    if (job.isOver) return { next: job, end: 'FAILED', reason: 'limit-reached' };
    if (job.kind === 'reschedule' || job.phase === 'second') return { next: job, end: 'DONE' };
    const waitedOut = (job.settlesAt ?? 0) + (isRaisedHere ? 0 : CLOCKS_DIFFER_MS);
    const settlesAt = Math.max(waitedOut, clock.real() + INDEX_TRAILS_MS);
    return settle({ ...inPhase(job, 'settle'), settlesAt });
  };

  const settle = (job: BulkJob): Step<BulkJob> => {
    const leftMs = (job.settlesAt ?? 0) - clock.real();
    if (leftMs <= 0) return { next: inPhase(job, 'second') };
    return { next: job, pauseSeconds: Math.ceil(leftMs / 1000), leavesPlace: true };
  };

  return {
    countLeft: async (job) => {
      if (!bulkKind.isLeftToCount(job)) return undefined;
      const made: Result[] = [];
      await forEachParallel(job.page, PARALLEL, async (id) => {
        const item = await ports.notifications.get(id);
        if (item?.bulkJob === job.id) made.push({ id, outcome: 'changed', status: item.status });
      });
      return counted(job, await recorded(job, made));
    },

    begin: () => {
      let unchanged: Promise<ReadonlySet<string>> | undefined;
      let listed: Listed = new Map();
      let isRaisedHere = false;
      return {
        step: async (job) => {
          if (job.phase === 'fence') {
            isRaisedHere = true;
            return raise(job);
          }
          if (job.phase === 'settle') return settle(job);
          const done = await carryOut(job, listed);
          if (job.last) return afterWalk(done, isRaisedHere);
          const [next, items] = await plan(done, () => {
            unchanged ??= unchangedOf(done);
            return unchanged;
          });
          listed = items;
          return { next };
        },
      };
    },
  };
};
