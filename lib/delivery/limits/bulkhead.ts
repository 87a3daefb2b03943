/**
 * A bulkhead for each receiver of a tenant: how much one origin may have in flight in this process,
 * so that one that hangs holds up no other. By tenant, since many share an origin with others: a
 * script host, a workflow service, a gateway. The limit adapts: half as much after a timeout, one
 * more after a success. In memory alone: it protects the process, not the receiver.
 */
import { setTimeout as systemSleep } from 'node:timers/promises';
import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import type { Clock } from '../../platform/clock.ts';
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

interface Origin {
  tenant: string;
  limit: number;
  /** When each delivery in flight began, monotonic, the oldest first. */
  inFlight: Set<{ at: number }>;
  /** The recent duration of an answer, ms. */
  recentMs: number;
  /** Until when those that were refused will keep it busy, monotonic. */
  busyUntil: number;
  waiting: (() => void)[];
}

export interface BulkheadPorts {
  clock: Pick<Clock, 'monotonic'>;
  /** Uniform in [0, 1). */
  fraction: () => number;
  sleep?: (ms: number, value?: undefined, options?: { signal?: AbortSignal; ref?: boolean }) => Promise<void>;
}

export const makeBulkhead = ({ clock, fraction, sleep = systemSleep }: BulkheadPorts) => {
  const origins = makeBoundedCache<Origin>(
    ORIGINS_MAX,
    ({ inFlight, waiting }) => inFlight.size === 0 && waiting.length === 0,
  );
  let total = 0;
  /** By tenant, those that have any. */
  const totals = new Map<string, number>();
  const totalOf = (tenant: string): number => totals.get(tenant) ?? 0;

  const count = (tenant: string, change: 1 | -1): void => {
    total += change;
    const now = totalOf(tenant) + change;
    if (now > 0) totals.set(tenant, now);
    else totals.delete(tenant);
  };

  const use = (tenant: string, of: string): Origin =>
    origins.use(`${tenant} ${of}`, () => ({
      tenant,
      limit: LIMIT_START,
      inFlight: new Set(),
      recentMs: 0,
      busyUntil: 0,
      waiting: [],
    }));

  const isFull = ({ tenant }: Origin): boolean => tenant !== DEFAULT_TENANT && totalOf(tenant) >= TENANT_MAX;
  const hasFreePlace = (origin: Origin): boolean =>
    origin.inFlight.size < Math.min(origin.limit, Math.max(LIMIT_MIN, TOTAL - total)) && !isFull(origin);

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

  const take = (origin: Origin): Place => {
    const mine = { at: clock.monotonic() };
    origin.inFlight.add(mine);
    count(origin.tenant, 1);
    return {
      release: (result) => {
        if (!origin.inFlight.delete(mine)) return;
        count(origin.tenant, -1);
        adapt(origin, result, clock.monotonic() - mine.at);
        while (origin.waiting.length > 0 && hasFreePlace(origin)) origin.waiting.shift()?.();
      },
    };
  };

  /** The end of the queue of all that were refused, each of which takes its share of the origin's time. */
  const refuse = (origin: Origin): Entrance => {
    const now = clock.monotonic();
    origin.busyUntil = Math.max(origin.busyUntil, now) + recentDuration(origin) / origin.limit;
    const backInMs = Math.min(Math.max(origin.busyUntil - now, BACK_MIN_MS), BACK_MAX_MS);
    origin.busyUntil = Math.min(origin.busyUntil, now + BACK_MAX_MS);
    return { backInMs: Math.round(backInMs * (1 - JITTER + 2 * JITTER * fraction())) };
  };

  /** First come, first served, up to the limit of patience. */
  const wait = (origin: Origin): Promise<Entrance> =>
    new Promise((resolve) => {
      const over = new AbortController();
      const enter = (): void => {
        over.abort();
        resolve({ place: take(origin) });
      };
      origin.waiting.push(enter);
      sleep(WAIT_MAX_MS, undefined, { signal: over.signal }).then(
        () => {
          if (!origin.waiting.includes(enter)) return;
          origin.waiting.splice(origin.waiting.indexOf(enter), 1);
          resolve(refuse(origin));
        },
        () => undefined, // aborted: it is in
      );
    });

  return {
    enter: async (tenant: string, of: string): Promise<Entrance> => {
      const origin = use(tenant, of);
      if (origin.waiting.length === 0 && hasFreePlace(origin)) return { place: take(origin) };
      // Waiting would not help: other receivers of the tenant hold what it may have.
      if (isFull(origin)) return refuse(origin);
      const expectedMs = ((origin.waiting.length + 1) * recentDuration(origin)) / origin.limit;
      return expectedMs <= WAIT_MAX_MS ? wait(origin) : refuse(origin);
    },
    /** For tests: how many origins are remembered. */
    size: origins.size,
  };
};
export type Bulkhead = ReturnType<typeof makeBulkhead>;
