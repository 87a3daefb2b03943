/**
 * How fast, and how much at once, an endpoint wants its deliveries. Nothing here is asked where the
 * endpoint sets no limit.
 */

import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import type { Endpoint } from '../../endpoints/endpoint.ts';
import type { Deferral } from '../../notifications/deferral.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { DeferralReason } from '../../schema/reasons.ts';
import type { RateStore, SlotPlace, SlotStore } from './repository.ts';

/**
 * A place in the row that was missed by more is free for others: what an outage held up must not
 * arrive all at once after it. Late deliveries go one in each interval, besides those on time; the
 * rest go back into the row. If all went back, none would be sent while the whole service is late
 * by more than this. So a receiver gets twice its rate at most, and only while it catches up.
 */
const SLOT_KEPT_MS = 10_000;
/** Places tried, from a random one on, before the endpoint counts as busy. */
const TRIES_MAX = 4;
const BACK_MIN_MS = 500;
const BACK_MAX_MS = 60_000;
const JITTER = 0.2;
const ENDPOINTS_MAX = 1_000;
/** What a delivery takes, until some have shown it, and the weight of the last one. */
const TOOK_MS = 250;
const RECENT = 0.2;

export interface LimitPorts {
  rates: RateStore;
  slots: SlotStore;
  clock: Clock;
  random: Random;
  /** How long a place is held at most, ms: longer than a send takes. */
  holdMs: number;
}

/** What this process knows of an endpoint whose concurrency is limited. */
interface Busyness {
  /** Places held by this process. */
  mine: Set<number>;
  tookMs: number;
  /** Until when those that were refused will keep it busy, monotonic. */
  until: number;
}

const deferred = (error: DeferralReason, until: number, slotAt?: number): Deferral => ({
  outcome: 'deferred',
  error,
  until,
  ...(slotAt !== undefined && { slotAt }),
});

export const makeLimits = ({ rates, slots, clock, random, holdMs }: LimitPorts) => {
  const known = makeBoundedCache<Busyness>(ENDPOINTS_MAX, ({ mine }) => mine.size === 0);

  /** At the end of the queue of those refused in this process; other workers' are not known. */
  const refuse = (busy: Busyness, places: number, slotAt: number | undefined): Deferral => {
    const now = clock.monotonic();
    busy.until = Math.min(Math.max(busy.until, now) + busy.tookMs / places, now + BACK_MAX_MS);
    const backMs = Math.max(busy.until - now, BACK_MIN_MS) * (1 - JITTER + 2 * JITTER * random.fraction());
    return deferred('concurrency_limited', clock.now() + Math.round(backMs), slotAt);
  };

  const acquire = async (id: string, busy: Busyness, places: number): Promise<SlotPlace | undefined> => {
    const start = Math.floor(random.fraction() * places);
    const order = Array.from({ length: places }, (_, step) => (start + step) % places);
    for (const index of order.filter((one) => !busy.mine.has(one)).slice(0, TRIES_MAX)) {
      if (busy.mine.has(index)) continue;
      const place = { endpointId: id, index, holder: random.token() };
      const real = clock.real();
      // Taken from now on: no other delivery of this process need ask for it.
      busy.mine.add(index);
      const taken = await slots.acquire(place, { real, until: real + holdMs }).catch((error: unknown) => {
        busy.mine.delete(index);
        throw error;
      });
      if (taken) return place;
      busy.mine.delete(index);
    }
    return undefined;
  };

  return {
    /** The place in the row: to be used now, or the time to come back at. Undefined: no limit. */
    rate: async ({ id, rateLimit }: Endpoint, slotAt?: number): Promise<Deferral | { slotAt: number } | undefined> => {
      if (rateLimit === undefined) return undefined;
      const now = clock.now();
      const missed = slotAt !== undefined && now - slotAt > SLOT_KEPT_MS;
      // Rounded up to the microsecond: never faster than the limit.
      const intervalMs = Math.ceil(1_000_000 / rateLimit) / 1000;
      if (missed && (await rates.catchUp(id, { now, intervalMs }))) return { slotAt: now };
      const mine = missed || slotAt === undefined ? Math.ceil(await rates.reserve(id, { now, intervalMs })) : slotAt;
      return mine > now ? deferred('rate_limited', mine, mine) : { slotAt: mine };
    },

    /**
     * A place among those in flight. Undefined: no limit. `release` never rejects for a place that
     * lapsed.
     */
    concurrency: async (
      { id, maxConcurrency }: Endpoint,
      slotAt?: number,
    ): Promise<Deferral | { release(): Promise<void> } | undefined> => {
      if (maxConcurrency === undefined) return undefined;
      const busy = known.use(id, () => ({ mine: new Set(), tookMs: TOOK_MS, until: 0 }));
      const place = await acquire(id, busy, maxConcurrency);
      if (!place) return refuse(busy, maxConcurrency, slotAt);
      const began = clock.monotonic();
      return {
        release: async () => {
          busy.tookMs += RECENT * (clock.monotonic() - began - busy.tookMs);
          await slots.release(place).finally(() => busy.mine.delete(place.index));
        },
      };
    },
  };
};
export type Limits = ReturnType<typeof makeLimits>;
