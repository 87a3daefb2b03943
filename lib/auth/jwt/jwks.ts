/**
 * The issuer's public keys: fetched every 10 minutes, and for a token that none of them signed, three times
 * at once, then every 3 s. While the issuer does not answer, the last set is used for a day.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { makeTokenBucket } from '../../concurrency/token-bucket.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import type { Clock } from '../../platform/clock.ts';
import { stopwatch } from '../../platform/stopwatch.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import { cannotCheck } from '../api-keys/credentials.ts';
import { usableKeys } from './jwk.ts';

const FRESH_MS = 10 * 60_000;
const USABLE_MS = 24 * 3_600_000;
const FETCHES = 3;
const FETCHED_EVERY_MS = 3_000;
/** After a failed fetch, none is tried for this long: each may take up to 3 s. */
const PAUSE_MS = 5_000;
const FETCH_MAX_MS = 3_000;
/** How long a request waits for a newer set when there is one to use meanwhile, or one to refuse it by. */
const RENEWAL_MAX_MS = 500;
/**
 * Requests that may wait for a newer set at once, so that made-up tokens cannot take all that a
 * process may have in flight.
 */
const WAITING_MAX = 32;
/** The longer of the two pauses above. */
const RETRY_AFTER_SECONDS = PAUSE_MS / 1_000;

/** Ignored keys that one log line names. */
const NAMED_MAX = 5;

interface KeySet {
  find: JWTVerifyGetKey;
  ageMs(): number;
  /** The how many-th fetch it came from. */
  fetch: number;
  /** Names of keys that are in it and must not be used. */
  ignored: ReadonlySet<unknown>;
}

/**
 * Answers the key set; throws on anything else. Redirects are not followed: the issuer is the
 * configured one.
 */
const fetchKeys = async (url: string): Promise<JSONWebKeySet> => {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MAX_MS),
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (!response.ok) throw new Error(`The key set's address answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
};

const isKeyError = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;

interface Jwks {
  /**
   * What `verify` makes of the issuer's keys; where they do not fit, once more with a newer set. Throws what
   * `verify` throws, or `unavailable` when there is no set, or a newer one cannot be fetched yet.
   */
  use<T>(verify: (find: JWTVerifyGetKey) => Promise<T>): Promise<T>;
}

export const makeJwks = ({ url, clock, log }: { url: string; clock: Clock; log: Log }): Jwks => {
  let set: KeySet | undefined;
  let fetches = 0;
  let waiting = 0;
  let inFlight: Promise<void> | undefined;
  let failure: unknown;
  let sinceFailureMs = (): number => Number.POSITIVE_INFINITY;

  const mayFetch = makeTokenBucket(clock, FETCHES, FETCHED_EVERY_MS);

  const unavailable = () =>
    cannotCheck(failure ?? new Error('The key set may not be fetched again yet'), RETRY_AFTER_SECONDS);

  const load = async (): Promise<void> => {
    fetches += 1;
    const [fetch, ageMs] = [fetches, stopwatch(clock)];
    try {
      const { keys, ignored } = await usableKeys(await fetchKeys(url));
      if (ignored.length > 0)
        log.warn('jwks.keys_ignored', { keys: ignored.slice(0, NAMED_MAX), count: ignored.length });
      set = { find: createLocalJWKSet({ keys }), ageMs, fetch, ignored: new Set(ignored.map(({ kid }) => kid)) };
      failure = undefined;
      sinceFailureMs = () => Number.POSITIVE_INFINITY;
    } catch (error) {
      failure = error;
      sinceFailureMs = stopwatch(clock);
      log.warn('jwks.fetch_failed', { error: String(error), has_keys: set !== undefined });
    }
  };

  /** One fetch at a time, and none too soon after others. */
  const renew = async (): Promise<void> => {
    if (!inFlight && (sinceFailureMs() < PAUSE_MS || !mayFetch())) return;
    inFlight ??= load().finally(() => {
      inFlight = undefined;
    });
    await inFlight;
  };

  /** As `renew`, for a request that should not wait long. */
  const renewSoon = async (): Promise<void> => {
    if (waiting >= WAITING_MAX) return;
    waiting += 1;
    await withTimeout(renew(), RENEWAL_MAX_MS)
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
  };

  const usable = (): KeySet => {
    if (set && set.ageMs() < USABLE_MS) return set;
    throw unavailable();
  };

  /**
   * A set that was fetched since `earlier` fetches had begun, if there is one: a fetch that runs
   * already may be too old.
   */
  const newerThan = async (earlier: number): Promise<KeySet | undefined> => {
    const isNewer = () => (set?.fetch ?? 0) > earlier;
    for (let tries = 0; tries < 2 && !isNewer(); tries += 1) await renewSoon();
    return isNewer() ? set : undefined;
  };

  return {
    use: async (verify) => {
      const earlier = fetches;
      if (!set || set.ageMs() >= USABLE_MS) await renew();
      else if (set.ageMs() >= FRESH_MS) await renewSoon();
      const current = usable();
      let kid: unknown;
      const find: JWTVerifyGetKey = (header, token) => {
        kid = header.kid;
        return current.find(header, token);
      };
      try {
        return await verify(find);
      } catch (error) {
        if (!isKeyError(error) || current.fetch > earlier) throw error;
        const newer = await newerThan(earlier);
        if (newer) return verify(newer.find);
        // The key that it names is there, and did not sign it or must not be used: a newer set
        // would hardly differ.
        const isNamed = error instanceof errors.JWSSignatureVerificationFailed || current.ignored.has(kid);
        throw kid !== undefined && isNamed ? error : unavailable();
      }
    },
  };
};
