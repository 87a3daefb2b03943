/** Puts back on the road what lost its timer, its claim, its worker or its queue message. Passes may overlap: every touch is conditional. */
import { check } from './delivery-machine.ts';
import { type ChangePorts, makeChanges } from './notification-changes.ts';
import type { OpenIndex } from './ports.ts';

export interface ReconcilePorts extends ChangePorts {
  open: OpenIndex;
  /** Looks after one event whose mark is old; true when it was put back on the road. */
  checkEvent: (id: string) => Promise<boolean>;
  /** The same for a redrive job. */
  checkJob: (id: string) => Promise<boolean>;
}

type Open = Awaited<ReturnType<OpenIndex['due']>>[number];

const PAGE = 200;
const PARALLEL = 10;
/** Left of the invocation when a pass ends by itself; the next one goes on. */
const RESERVE_MS = 5_000;

export const makeReconcileService = (ports: ReconcilePorts) => {
  const { apply, circumstances } = makeChanges(ports);

  const checkNotification = async (id: string): Promise<boolean> => {
    const found = await ports.notifications.get(id);
    const { moved } = await apply(found, (item) => check(item, circumstances()));
    if (moved) ports.metrics.reconciled({ kind: found?.lease ? 'lease' : 'notification' });
    return moved;
  };

  const checkOne = async ({ id, kind }: Open): Promise<boolean> => {
    try {
      if (kind === 'notification') return await checkNotification(id);
      const moved = await (kind === 'event' ? ports.checkEvent(id) : ports.checkJob(id));
      if (moved) ports.metrics.reconciled({ kind });
      return moved;
    } catch (error) {
      // One that cannot be handled fails alone; it stays on the index for the next pass.
      ports.log.warn('The reconciler could not look after an item', { id, error: String(error) });
      return false;
    }
  };

  const checkAll = async (ids: Open[], hasTime: () => boolean) => {
    let moved = 0;
    const waiting = [...ids];
    const worker = async () => {
      for (let next = waiting.shift(); next && hasTime(); next = waiting.shift()) {
        if (await checkOne(next)) moved += 1;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return moved;
  };

  return {
    /** One pass: page by page until nothing moves any more or the invocation's time is nearly used up. */
    pass: async (invocation: { remainingMs(): number }): Promise<number> => {
      const hasTime = () => invocation.remainingMs() > RESERVE_MS;
      let total = 0;
      while (hasTime()) {
        const moved = await checkAll(await ports.open.due(ports.clock.now(), PAGE), hasTime);
        if (moved === 0) break;
        total += moved;
      }
      return total;
    },
  };
};

export type ReconcileService = ReturnType<typeof makeReconcileService>;
