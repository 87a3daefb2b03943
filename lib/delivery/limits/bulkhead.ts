/**
 * A bulkhead for each receiver of a tenant: how much one origin may have in flight in this process,
 * so that one that hangs holds up no other. By tenant, since many share an origin with others: a
 * script host, a workflow service, a gateway. The limit adapts: half as much after a timeout, one
 * more after a success. In memory alone: it protects the process, not the receiver.
 */
import { type After, after as systemAfter } from '../../concurrency/after.ts';
import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import type { Clock } from '../../platform/clock.ts';
import { groupOf, type Owner, PRIORITIES, type Priority } from '../../schema/priority.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';

const LIMIT_START = 64;
const LIMIT_MIN = 4;
export const LIMIT_MAX = 128;
/** In all. An origin may have as much as is free, and `LIMIT_MIN` beyond. */
export const TOTAL = 512;
/**
 * Of all origins of a tenant: half of the 1,000 deliveries that a process has in flight stay for
 * others, however many names a tenant makes up for a host that hangs. The default tenant has no
 * such limit: who has but one needs no protection from others.
 */
const TENANT_MAX = 500;
/** Of any of these limits a tenant's bulk has so much at most: the rest is for what must not wait for it. */
const BULK_SHARE = 0.75;
/** Idle ones beyond this are forgotten, the longest idle first. */
const ORIGINS_MAX = 10_000;
/** What can begin so soon waits here: cheaper than to come back, and most bursts are over by then. */
const WAIT_MAX_MS = 1_500;
/** When to come back, at least and at most, and how far apart those that were refused together. */
const BACK_MIN_MS = 1_000;
const BACK_MAX_MS = 5 * 60_000;
const JITTER = 0.2;
/** The weight of the last answer in the recent duration of answers. */
const RECENT = 0.2;

export interface Place {
  /** Called once. `silent`: nothing was sent. */
  release(result: 'answered' | 'succeeded' | 'timed_out' | 'silent'): void;
}
/** At the limit: `backInMs` is when a place should be free. */
export type Entrance = { place: Place } | { backInMs: number };

/** Those of one priority that are not in. */
interface Queue {
  waiting: (() => void)[];
  /** Until when those that were refused will keep the origin busy, monotonic. */
  busyUntil: number;
}

interface Origin {
  tenant: string;
  limit: number;
  /** When each delivery in flight began, monotonic, the oldest first. */
  inFlight: Set<{ at: number }>;
  /** How many of these are bulk. */
  bulk: number;
  /** The recent duration of an answer, ms. */
  recentMs: number;
  /** In the order in which they are served. */
  queues: Record<Priority, Queue>;
}

const sharedBy = (priority: Priority, places: number): number =>
  priority === 'bulk' ? Math.floor(places * BULK_SHARE) : places;

export interface BulkheadPorts {
  clock: Pick<Clock, 'monotonic'>;
  /** Uniform in [0, 1). */
  fraction: () => number;
  after?: After;
}

export const makeBulkhead = ({ clock, fraction, after = systemAfter }: BulkheadPorts) => {
  const origins = makeBoundedCache<Origin>(
    ORIGINS_MAX,
    ({ inFlight, queues }) => inFlight.size === 0 && Object.values(queues).every(({ waiting }) => waiting.length === 0),
  );
  /** In all. */
  const total: Record<Priority, number> = { normal: 0, bulk: 0 };
  /** By group (schema/priority.ts), those that have any. */
  const totals = new Map<string, number>();
  const totalOf = (tenant: string, priority: Priority): number => totals.get(groupOf({ tenant, priority })) ?? 0;

  const count = (origin: Origin, priority: Priority, change: 1 | -1): void => {
    const { tenant } = origin;
    total[priority] += change;
    if (priority === 'bulk') origin.bulk += change;
    const now = totalOf(tenant, priority) + change;
    if (now > 0) totals.set(groupOf({ tenant, priority }), now);
    else totals.delete(groupOf({ tenant, priority }));
  };

  const use = (tenant: string, of: string): Origin =>
    origins.use(`${tenant} ${of}`, () => ({
      tenant,
      limit: LIMIT_START,
      inFlight: new Set(),
      bulk: 0,
      recentMs: 0,
      queues: { normal: { waiting: [], busyUntil: 0 }, bulk: { waiting: [], busyUntil: 0 } },
    }));

  const isFull = ({ tenant }: Origin, priority: Priority): boolean => {
    if (tenant === DEFAULT_TENANT) return false;
    const bulk = totalOf(tenant, 'bulk');
    return (
      totalOf(tenant, 'normal') + bulk >= TENANT_MAX || (priority === 'bulk' && bulk >= sharedBy('bulk', TENANT_MAX))
    );
  };
  /** Whether one more fits the limits of the origin and of the process, or the priority's share of them. */
  const isBelow = (inFlight: number, { limit }: Origin, inAll: number, priority: Priority): boolean =>
    inFlight <
    Math.min(sharedBy(priority, limit), Math.max(sharedBy(priority, LIMIT_MIN), sharedBy(priority, TOTAL) - inAll));
  const hasFreePlace = (origin: Origin, priority: Priority): boolean =>
    isBelow(origin.inFlight.size, origin, total.normal + total.bulk, 'normal') &&
    (priority === 'normal' || isBelow(origin.bulk, origin, total.bulk, 'bulk')) &&
    !isFull(origin, priority);

  /** One that does not answer has no recent answers: the age of what is in flight says so. */
  const recentDuration = ({ recentMs, inFlight }: Origin): number => {
    const [oldest] = inFlight;
    return Math.max(recentMs, oldest ? clock.monotonic() - oldest.at : 0);
  };

  const adapt = (origin: Origin, result: Parameters<Place['release']>[0], tookMs: number): void => {
    if (result === 'silent') return;
    origin.recentMs += (tookMs - origin.recentMs) * (origin.recentMs === 0 ? 1 : RECENT);
    if (result === 'timed_out') origin.limit = Math.max(LIMIT_MIN, Math.floor(origin.limit / 2));
    if (result === 'succeeded') origin.limit = Math.min(LIMIT_MAX, origin.limit + 1);
  };

  const serve = (origin: Origin): void => {
    for (const priority of PRIORITIES) {
      const { waiting } = origin.queues[priority];
      while (waiting.length > 0 && hasFreePlace(origin, priority)) waiting.shift()?.();
    }
  };

  const take = (origin: Origin, priority: Priority): Place => {
    const mine = { at: clock.monotonic() };
    origin.inFlight.add(mine);
    count(origin, priority, 1);
    return {
      release: (result) => {
        if (!origin.inFlight.delete(mine)) return;
        count(origin, priority, -1);
        adapt(origin, result, clock.monotonic() - mine.at);
        serve(origin);
      },
    };
  };

  /** The end of the queue of all that were refused, each of which takes its share of the origin's time. */
  const refuse = (origin: Origin, priority: Priority): Entrance => {
    const now = clock.monotonic();
    const queue = origin.queues[priority];
    queue.busyUntil = Math.max(queue.busyUntil, now) + recentDuration(origin) / sharedBy(priority, origin.limit);
    const backInMs = Math.min(Math.max(queue.busyUntil - now, BACK_MIN_MS), BACK_MAX_MS);
    queue.busyUntil = Math.min(queue.busyUntil, now + BACK_MAX_MS);
    return { backInMs: Math.round(backInMs * (1 - JITTER + 2 * JITTER * fraction())) };
  };

  /** First come, first served within a priority, up to the limit of patience. */
  const wait = (origin: Origin, priority: Priority): Promise<Entrance> =>
    new Promise((resolve) => {
      const { waiting } = origin.queues[priority];
      const enter = (): void => {
        stopTimer();
        resolve({ place: take(origin, priority) });
      };
      const stopTimer = after(WAIT_MAX_MS, () => {
        waiting.splice(waiting.indexOf(enter), 1);
        resolve(refuse(origin, priority));
      });
      waiting.push(enter);
    });

  return {
    enter: async ({ tenant, priority = 'normal' }: Owner, of: string): Promise<Entrance> => {
      const origin = use(tenant, of);
      const { waiting } = origin.queues[priority];
      if (waiting.length === 0 && hasFreePlace(origin, priority)) return { place: take(origin, priority) };
      // Waiting would not help: other receivers of the tenant hold what it may have.
      if (isFull(origin, priority)) return refuse(origin, priority);
      const expectedMs = ((waiting.length + 1) * recentDuration(origin)) / sharedBy(priority, origin.limit);
      return expectedMs <= WAIT_MAX_MS ? wait(origin, priority) : refuse(origin, priority);
    },
    /** For tests: how many origins are remembered. */
    size: origins.size,
  };
};
export type Bulkhead = ReturnType<typeof makeBulkhead>;
