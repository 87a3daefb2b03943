/**
 * Resumes what lost its timer, its claim, its worker or its queue message. Passes may overlap:
 * every write is conditional.
 */

import { forEachParallel } from '../../concurrency/for-each-parallel.ts';
import type { Due, OpenIndex } from '../../store/open-index.ts';
import { outsideTrace } from '../../telemetry/tracing.ts';
import { type ChangePorts, makeChanges } from '../changes.ts';
import { check } from '../state/worker-steps.ts';
import { makeSetAside } from './set-aside.ts';

export interface ReconcilePorts extends ChangePorts {
  open: OpenIndex;
  /** Checks one event; true when it is processed again. */
  checkEvent: (id: string) => Promise<boolean>;
  /** The same for a job; it is counted there, as one that only waits for its turn is not resumed. */
  checkJob: (id: string) => Promise<boolean>;
  /** Plans the schedules that are due for it, and answers how many; never throws for one of them. */
  planSchedules: (options: { hasTime(): boolean }) => Promise<number>;
}

const PAGE = 200;
/**
 * A page grows by what the index still shows of what was postponed, so that it does not hide what
 * is behind.
 */
const PAGE_MAX = 4_000;
const PARALLEL = 10;
/** Left of the invocation when a pass ends by itself; the next one goes on. */
const RESERVE_MS = 5_000;
/** Of a pass, whatever else there is to check: a backlog does not keep schedules from being planned. */
const PLANNING_MS = 10_000;

export const makeReconcileService = (ports: ReconcilePorts) => {
  const { apply, writeContext } = makeChanges(ports);
  const setAside = makeSetAside(ports);

  const checkNotification = async (id: string): Promise<boolean> => {
    const found = await ports.notifications.get(id);
    const { item, moved } = await apply(found, (current) => check(current, writeContext()));
    // A worker that is at it still has its lease: it was looked after, and nothing was wrong.
    if (moved && !item?.lease) ports.metrics.reconciled({ kind: found?.lease ? 'lease' : 'notification' });
    return moved;
  };

  const checkOne = async ({ id, kind }: Due): Promise<boolean> => {
    if (kind === 'notification') return checkNotification(id);
    if (kind === 'job') return ports.checkJob(id);
    const moved = await ports.checkEvent(id);
    if (moved) ports.metrics.reconciled({ kind });
    return moved;
  };

  /** One that cannot be handled fails alone, and is out of the way of this pass. */
  const checkAll = async (waiting: Due[], stuck: Set<string>, hasTime: () => boolean): Promise<number> => {
    let moved = 0;
    await forEachParallel(waiting, PARALLEL, async (due) => {
      if (!hasTime()) return;
      try {
        // Nothing that is put back belongs to the trace of this pass.
        if (await outsideTrace(() => checkOne(due))) moved += 1;
      } catch (error) {
        stuck.add(due.id);
        await setAside(due, error);
      }
    });
    return moved;
  };

  return {
    /**
     * One pass: page by page until nothing moves any more or the invocation's time is nearly used up,
     * then the schedules.
     */
    pass: async (invocation: { remainingMs(): number }): Promise<number> => {
      const hasTime = () => invocation.remainingMs() > RESERVE_MS + PLANNING_MS;
      const stuck = new Set<string>();
      let total = 0;
      while (hasTime()) {
        const before = stuck.size;
        const page = await ports.open.due(ports.clock.now(), Math.min(PAGE * (1 + stuck.size), PAGE_MAX));
        const fresh = page.filter(({ id }) => !stuck.has(id));
        const moved = await checkAll(fresh, stuck, hasTime);
        if (moved === 0 && stuck.size === before) break;
        total += moved;
      }
      total += await ports.planSchedules({ hasTime: () => invocation.remainingMs() > RESERVE_MS });
      ports.metrics.reconcilePassed();
      return total;
    },
  };
};
