/** `AUTH_MODE=api-key`: who a key belongs to. Malformed ones are refused without a read. */

import { makeBoundedCache } from '../../concurrency/bounded-cache.ts';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import type { Authenticate } from '../guard.ts';
import type { Principal } from '../principal.ts';
import { type ApiKey, isActive, validHashes } from './api-key.ts';
import { cannotCheck, keyOf, type Refusal, unauthorized } from './credentials.ts';
import { makeKeyCache } from './key-cache.ts';
import type { ApiKeyStore } from './service.ts';
import { isOneOf, type PresentedKey, parseToken } from './token.ts';

/** A process writes down at most this often that a key is used. */
const TOUCH_EVERY_MS = 5 * 60_000;
/** The most that writing it down may delay an answer. */
const TOUCH_MAX_MS = 500;
const TOUCHED_MAX = 5_000;

const principalOf = ({ id, tenant, scopes, rateLimit }: ApiKey): Principal => ({
  id,
  tenant,
  scopes,
  ...(rateLimit !== undefined && { rateLimit }),
});

export const makeApiKeyAuthenticate = (ports: {
  keys: Pick<ApiKeyStore, 'get' | 'touch'>;
  clock: Clock;
  log: Log;
}): Authenticate => {
  const { keys, clock, log } = ports;
  const cache = makeKeyCache({ read: keys.get, clock });
  const touchedAt = makeBoundedCache<number>(TOUCHED_MAX);

  const fits = (key: ApiKey | undefined, { secret }: PresentedKey): key is ApiKey =>
    isOneOf(secret, key ? validHashes(key, clock.now()) : []) && key !== undefined;

  const refusalOf = (key: ApiKey | undefined): Refusal => {
    if (!key) return 'unknown_key';
    if (key.revokedAt !== undefined) return 'revoked';
    return isActive(key, clock.now()) ? 'wrong_secret' : 'expired';
  };

  /**
   * A secret that does not fit may be newer than what is remembered: it is held against the key as
   * it is, too.
   */
  const find = async (presented: PresentedKey): Promise<ApiKey | Refusal> => {
    const remembered = await cache.get(presented.id);
    if (fits(remembered, presented)) return remembered;
    if (!remembered) return refusalOf(remembered);
    const key = await cache.renew(presented.id);
    return fits(key, presented) ? key : refusalOf(key);
  };

  const touch = async (id: string): Promise<void> => {
    const work = keys.touch(id, clock.now());
    try {
      await withTimeout(work, TOUCH_MAX_MS);
    } catch (error) {
      log.warn('api_key.use_not_recorded', { key_id: id, error: String(error) });
      work.catch(() => undefined);
    }
  };

  /** Also what another process wrote, as of the last read, spares a write. */
  const touchRarely = ({ id, lastUsedAt = Number.NEGATIVE_INFINITY }: ApiKey): Promise<void> | undefined => {
    const now = clock.now();
    const known = Math.max(touchedAt.get(id) ?? lastUsedAt, lastUsedAt);
    if (now - known < TOUCH_EVERY_MS) return undefined;
    touchedAt.set(id, now);
    return touch(id);
  };

  return async (headers) => {
    const presented = parseToken(keyOf(headers));
    if (!presented) throw unauthorized('malformed');
    const key = await find(presented).catch((error: unknown) => {
      throw cannotCheck(error);
    });
    if (typeof key === 'string') throw unauthorized(key);
    const background = touchRarely(key);
    return { principal: principalOf(key), ...(background && { background }) };
  };
};
