/**
 * What this process remembers of keys. A revocation reaches it within 30 s, and within 60 s while the table
 * does not answer. Unknown ids are kept apart, so that made-up ones displace no real key.
 */

import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import { makeTokenBucket, type TokenBucket } from '../../concurrency/token-bucket.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import type { Clock } from '../../platform/clock.ts';
import { stopwatch } from '../../platform/stopwatch.ts';
import type { ApiKey } from './api-key.ts';

const FRESH_MS = 30_000;
const USABLE_MS = 60_000;
const UNKNOWN_MS = 3_000;
/** The pause after a table did not answer about a key that is still usable. */
const PAUSE_MS = 2_000;
/**
 * A caller that knows an id and no secret must not cause a read by each guess: five at once, and
 * one a second.
 */
const RENEWALS = 5;
const RENEWED_EVERY_MS = 1_000;
const LOOKUP_MAX_MS = 3_000;
/** Less, where there is something to go on with. */
const REFRESH_MAX_MS = 1_000;
const KNOWN_MAX = 5_000;
const UNKNOWN_MAX = 1_000;

interface Entry {
  key: ApiKey | undefined;
  ageMs(): number;
  /** No read before this age. */
  pausedUntilMs?: number;
}

interface KeyCache {
  /** The key, `undefined` when there is none. Throws what `read` throws when nothing usable is remembered. */
  get(id: string): Promise<ApiKey | undefined>;
  /**
   * As it is now; read at most five times at once and once a second, else as it is remembered.
   * Throws what `read` throws.
   */
  renew(id: string): Promise<ApiKey | undefined>;
}

export const makeKeyCache = (ports: { read(id: string): Promise<ApiKey | undefined>; clock: Clock }): KeyCache => {
  const { read, clock } = ports;
  const known = makeBoundedCache<Entry>(KNOWN_MAX);
  const unknown = makeBoundedCache<Entry>(UNKNOWN_MAX);
  const inFlight = new Map<string, Promise<ApiKey | undefined>>();
  const renewals = makeBoundedCache<TokenBucket>(UNKNOWN_MAX);

  const remember = async (id: string): Promise<ApiKey | undefined> => {
    // From before the read: what was revoked during the read must not seem newer than it is.
    const ageMs = stopwatch(clock);
    const key = await read(id);
    known.delete(id);
    unknown.delete(id);
    (key ? known : unknown).set(id, { key, ageMs });
    return key;
  };

  /** Concurrent lookups of one key are one read, which goes on when a caller stops waiting. */
  const lookUp = (id: string, maxMs: number): Promise<ApiKey | undefined> => {
    const pending = inFlight.get(id) ?? remember(id).finally(() => inFlight.delete(id));
    inFlight.set(id, pending);
    pending.catch(() => undefined);
    return withTimeout(pending, maxMs);
  };

  const refresh = async (id: string, entry: Entry): Promise<ApiKey | undefined> => {
    try {
      return await lookUp(id, REFRESH_MAX_MS);
    } catch (error) {
      const age = entry.ageMs();
      if (age >= USABLE_MS) throw error;
      entry.pausedUntilMs = age + PAUSE_MS;
      return entry.key;
    }
  };

  return {
    get: async (id) => {
      const entry = known.get(id) ?? unknown.get(id);
      if (!entry) return lookUp(id, LOOKUP_MAX_MS);
      const age = entry.ageMs();
      if (!entry.key) return age < UNKNOWN_MS ? undefined : lookUp(id, LOOKUP_MAX_MS);
      if (age < FRESH_MS) return entry.key;
      if (age >= USABLE_MS) return lookUp(id, LOOKUP_MAX_MS);
      return age < (entry.pausedUntilMs ?? 0) ? entry.key : refresh(id, entry);
    },

    renew: async (id) => {
      const bucket = renewals.use(id, () => makeTokenBucket(clock, RENEWALS, RENEWED_EVERY_MS));
      return inFlight.has(id) || bucket() ? lookUp(id, LOOKUP_MAX_MS) : known.get(id)?.key;
    },
  };
};
