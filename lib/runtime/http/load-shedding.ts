/**
 * Load shedding: what a process takes on at once. More is refused at once, as work that waits
 * without bound only fills the memory.
 */
import { makeStarts } from '../../concurrency/starts.ts';
import { ServiceError } from '../../errors.ts';
import { makeByteBudget } from './byte-budget.ts';

export interface LoadLimits {
  /** Open ones; beyond it the one that has been waited for longest is closed. */
  connections: number;
  /**
   * Requests that are worked on, their bodies read. At 800 a second the last of 256 waits a third
   * of a second.
   */
  requests: number;
  /** From this many on, a late event loop refuses too: it is they that make it late. */
  lateRequests: number;
  lateMs: number;
  /**
   * Of all bodies being read or worked on, shared by tenant. A connection has one at a time, of 1 MB
   * at most. Each becomes several times its size on the way to the store.
   */
  bodyBytes: number;
  /** Of each body free of that: else large bodies that stall would keep the small ones out. */
  freeBytes: number;
  /** Of all answers that their connections have not taken, shared by tenant. */
  answerBytes: number;
  /** Of all requests that wait for the answer before theirs on the same connection, shared by connection. */
  pipelinedBytes: number;
}

export const LOAD_LIMITS: LoadLimits = {
  connections: 2_000,
  requests: 256,
  lateRequests: 64,
  lateMs: 500,
  bodyBytes: 32 * 1_048_576,
  freeBytes: 16_384,
  answerBytes: 64 * 1_048_576,
  pipelinedBytes: 32 * 1_048_576,
};

/** Of one body, as it comes in. */
export interface Held {
  /** Throws `unavailable` when all bodies together would be too much. */
  add(bytes: number): void;
  release(): void;
}

export interface LoadShedding {
  /** Throws `unavailable` at the limit of requests. */
  check(): void;
  /** @param share the tenant whose body it is */
  hold(share: string): Held;
  /** What is thrown to shed load. */
  refusal(): ServiceError;
  /** Rejects with `unavailable` at the limit of requests, and with what `work` rejects with. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Spread, so that those refused together do not come back together. */
const overloaded = (fraction: number): ServiceError =>
  new ServiceError('unavailable', 'There is more to do than can be done now; try again.', {
    headers: { 'retry-after': String(1 + Math.floor(fraction * 3)) },
  });

/** How long requests may begin per turn of the event loop. */
const BEGIN_MS = 5;

export const makeLoadShedding = (options: {
  limits: LoadLimits;
  eventLoopDelayMs: () => number;
  /** Uniform in [0, 1). */
  fraction: () => number;
}): LoadShedding => {
  const { limits, eventLoopDelayMs, fraction } = options;
  let requests = 0;
  const bodies = makeByteBudget<string>(limits.bodyBytes);
  // If all began at once, turns would be long, and new connections would wait in the kernel, where they
  // cannot be refused.
  const start = makeStarts(BEGIN_MS);

  const check = (): void => {
    const isLate = eventLoopDelayMs() > limits.lateMs;
    if (requests >= (isLate ? limits.lateRequests : limits.requests)) throw overloaded(fraction());
  };

  return {
    check,
    refusal: () => overloaded(fraction()),
    hold: (share) => {
      let bytes = 0;
      let counted = 0;
      return {
        add: (more) => {
          bytes += more;
          const toCount = Math.max(0, bytes - limits.freeBytes) - counted;
          if (toCount <= 0) return;
          if (!bodies.take(share, toCount)) throw overloaded(fraction());
          counted += toCount;
        },
        release: () => {
          bodies.give(share, counted);
          counted = 0;
        },
      };
    },
    run: async (work) => {
      check();
      requests += 1;
      try {
        await start();
        return await work();
      } finally {
        requests -= 1;
      }
    },
  };
};
