/** Puts back on the road what lost its timer, its claim, its worker or its queue message. Passes may overlap: every touch is conditional. */
import { check } from '../delivery/delivery-machine.ts';
import type { OpenIndex } from '../ports.ts';
import { type ChangePorts, makeChanges } from './notification-changes.ts';

export interface ReconcilePorts extends ChangePorts {
  open: OpenIndex;
  /** Looks after one event whose mark is old; true when it was put back on the road. */
  checkEvent: (id: string) => Promise<boolean>;
  /** The same for a job: a redrive, or an erasure. */
  checkJob: (id: string) => Promise<boolean>;
}

type Open = Awaited<ReturnType<OpenIndex['due']>>[number];

const PAGE = 200;
/** A page grows by what is stuck, so that it does not hide what is not. */
const PAGE_MAX = 4_000;
const PARALLEL = 10;
/** Left of the invocation when a pass ends by itself; the next one goes on. */
const RESERVE_MS = 5_000;

export const makeReconcileService = (ports: ReconcilePorts) => {
  const { apply, circumstances } = makeChanges(ports);

  const checkNotification = async (id: string): Promise<boolean> => {
    const found = await ports.notifications.get(id);
    const { item, moved } = await apply(found, (current) => check(current, circumstances()));
    // A worker that is at it still has its lease: it was looked after, and nothing was wrong.
    if (moved && !item?.lease) ports.metrics.reconciled({ kind: found?.lease ? 'lease' : 'notification' });
    return moved;
  };

  const checkOne = async ({ id, kind }: Open): Promise<boolean> => {
    if (kind === 'notification') return checkNotification(id);
    const moved = await (kind === 'event' ? ports.checkEvent(id) : ports.checkJob(id));
    if (moved) ports.metrics.reconciled({ kind });
    return moved;
  };

  /** One that cannot be handled fails alone: it stays on the index for the next pass, and out of the way of this one. */
  const checkAll = async (waiting: Open[], stuck: Set<string>, hasTime: () => boolean): Promise<number> => {
    let moved = 0;
    const worker = async () => {
      for (let next = waiting.shift(); next && hasTime(); next = waiting.shift()) {
        try {
          if (await checkOne(next)) moved += 1;
        } catch (error) {
          stuck.add(next.id);
          ports.log.warn('The reconciler could not look after an item', { id: next.id, error: String(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return moved;
  };

  return {
    /** One pass: page by page until nothing moves any more or the invocation's time is nearly used up. */
    pass: async (invocation: { remainingMs(): number }): Promise<number> => {
      const hasTime = () => invocation.remainingMs() > RESERVE_MS;
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
      ports.metrics.reconcilePassed();
      return total;
    },
  };
};
