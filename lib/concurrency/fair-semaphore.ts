/**
 * A fair semaphore with weights. Waiters queue by group, first come, first served, and the queues are served
 * in turn, so the first of a group waits for one of each other group at most.
 */
import { type After, after as systemAfter } from './after.ts';

export interface Permits {
  /**
   * Holds `count` from now on: what is less is free for others, what is more is taken even if there
   * is none.
   */
  resize(count: number): void;
  /** Idempotent. */
  release(): void;
}

interface FairSemaphore {
  /**
   * Waits for `count` permits. Undefined when they did not become free within `patienceMs`
   * (default: no limit).
   */
  acquire(group: string, count: number, patienceMs?: number): Promise<Permits | undefined>;
  /** Does `work` with one permit. */
  run<T>(group: string, work: () => Promise<T>): Promise<T>;
}

export interface FairSemaphoreOptions {
  permits: number;
  /** How many of them one group may hold. Default: all. One that holds none gets what it asks for. */
  shareOf?: (group: string) => number;
  after?: After;
}

interface Waiting {
  count: number;
  start(permits: Permits): void;
}

export const makeFairSemaphore = (options: FairSemaphoreOptions): FairSemaphore => {
  const { permits, shareOf = () => permits, after = systemAfter } = options;
  /** The first is served next. None is empty. */
  const queues = new Map<string, Waiting[]>();
  const held = new Map<string, number>();
  let free = permits;

  const hold = (group: string, change: number): void => {
    free -= change;
    const now = (held.get(group) ?? 0) + change;
    if (now === 0) held.delete(group);
    else held.set(group, now);
  };

  const isOverShare = (group: string, count: number): boolean => {
    const holds = held.get(group) ?? 0;
    return holds > 0 && holds + count > shareOf(group);
  };

  const take = (group: string, count: number): Permits => {
    hold(group, count);
    let mine = count;
    const resize = (next: number): void => {
      hold(group, next - mine);
      mine = next;
      serve();
    };
    return {
      resize,
      release: () => {
        if (mine > 0) resize(0);
      },
    };
  };

  /** None overtakes one that waits for many permits, unless its group is at its share. */
  const next = (): [string, Waiting[]] | undefined => {
    for (const [group, queue] of queues) if (!isOverShare(group, queue[0]?.count ?? 0)) return [group, queue];
    return undefined;
  };

  const serve = (): void => {
    for (let found = next(); found; found = next()) {
      const [group, queue] = found;
      const [first] = queue;
      if (!first || first.count > free) return;
      queues.delete(group);
      queue.shift();
      if (queue.length > 0) queues.set(group, queue);
      first.start(take(group, first.count));
    }
  };

  const leave = (group: string, waiting: Waiting): void => {
    const queue = queues.get(group);
    const at = queue?.indexOf(waiting) ?? -1;
    if (!queue || at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) queues.delete(group);
    serve();
  };

  const wait = (group: string, count: number, patienceMs?: number): Promise<Permits | undefined> =>
    new Promise((resolve) => {
      const waiting: Waiting = {
        count,
        start: (mine) => {
          stopTimer();
          resolve(mine);
        },
      };
      const giveUp = (): void => {
        leave(group, waiting);
        resolve(undefined);
      };
      const stopTimer = patienceMs === undefined ? () => {} : after(Math.max(0, patienceMs), giveUp);
      const queue = queues.get(group);
      if (queue) queue.push(waiting);
      else queues.set(group, [waiting]);
      serve();
    });

  const takeNow = (group: string, count: number): Permits | undefined =>
    queues.size === 0 && count <= free && !isOverShare(group, count) ? take(group, count) : undefined;

  return {
    acquire: async (group, asked, patienceMs) => {
      const count = Math.min(asked, permits);
      return takeNow(group, count) ?? wait(group, count, patienceMs);
    },
    run: async (group, work) => {
      const mine = takeNow(group, 1) ?? (await wait(group, 1));
      try {
        return await work();
      } finally {
        mine?.release();
      }
    },
  };
};
