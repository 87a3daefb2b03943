/**
 * The public keys of the issuer. Asked for again every 10 minutes, and for a `kid` that is not there, though not more than three times
 * at once and every 3 s, whatever tokens people make up. While the issuer does not answer, the keys at hand go on for a day.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { elapsedFromNow } from '../elapsed.ts';
import type { Clock, Log } from '../ports.ts';
import { within } from '../within.ts';
import { makeQuota } from './quota.ts';

const FRESH_MS = 10 * 60_000;
const USABLE_MS = 24 * 3_600_000;
const FETCHES = 3;
const FETCHED_EVERY_MS = 3_000;
/** An issuer that does not answer is asked again after this: each try takes up to 3 s, which requests wait for a part of. */
const PAUSE_MS = 5_000;
const FETCH_MAX_MS = 3_000;
/** Less, where there are keys to go on with. */
const RENEWAL_MAX_MS = 500;

const never = (): number => Number.POSITIVE_INFINITY;

/** Answers the key set as JSON; throws on anything else. Redirects are not followed: the issuer is who was configured. */
const fetchKeys = async (url: string): Promise<JSONWebKeySet> => {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MAX_MS),
    headers: { accept: 'application/jwk-set+json, application/json' },
  });
  if (!response.ok) throw new Error(`The key set's address answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
};

/** Finds a token's key. Throws a JOSEError when the issuer has no such key, and any other error when that cannot be told. */
export const makeJwks = ({ url, clock, log }: { url: string; clock: Clock; log: Log }): JWTVerifyGetKey => {
  let keys: JWTVerifyGetKey | undefined;
  let ageMs = never;
  let underWay: Promise<boolean> | undefined;
  let failure: unknown;
  let sinceFailureMs = never;

  const mayFetch = makeQuota(clock, FETCHES, FETCHED_EVERY_MS);

  const reload = async (): Promise<boolean> => {
    const sinceMs = elapsedFromNow(clock);
    try {
      keys = createLocalJWKSet(await fetchKeys(url));
      ageMs = sinceMs;
      failure = undefined;
      sinceFailureMs = never;
      return true;
    } catch (error) {
      failure = error;
      sinceFailureMs = elapsedFromNow(clock);
      log.warn('The keys of the token issuer cannot be had', { error: String(error), at_hand: keys !== undefined });
      return false;
    }
  };

  /** True when the keys are new. One at a time, and not again too soon. */
  const renew = async (): Promise<boolean> => {
    if (!underWay && (sinceFailureMs() < PAUSE_MS || !mayFetch())) return false;
    underWay ??= reload().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  const usable = (): JWTVerifyGetKey => {
    if (keys && ageMs() < USABLE_MS) return keys;
    throw new Error('No key set is at hand', { cause: failure });
  };

  return async (header, token) => {
    if (ageMs() >= FRESH_MS) await (keys ? within(renew(), RENEWAL_MAX_MS).catch(() => false) : renew());
    try {
      return await usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (await renew()) return usable()(header, token);
      // Whether the issuer has such a key by now cannot be told while it does not answer.
      if (failure !== undefined) throw new Error('The key set cannot be renewed', { cause: failure });
      throw error;
    }
  };
};
