/** The verbs of the admin API: a tenant's keys, made, listed, rotated and revoked. */
import { type FieldError, ServiceError, validationFailed } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import type { ItemStore } from '../../store/item-store.ts';
import type { ListQuery, Page } from '../../store/page.ts';
import { replaceIn, updateItem } from '../../store/update-item.ts';
import { type ApiKey, created, isActive, type KeyInput, revoked, rotated } from './api-key.ts';
import { hashOf, tokenOf } from './token.ts';

const YEARS_10_MS = 3_650 * 86_400_000;
/** Pages of as many keys as may be active: how far those that are kept are counted. */
const KEPT_MAX = 10;

export interface ApiKeyStore extends ItemStore<ApiKey> {
  list(query: Pick<ListQuery, 'tenant' | 'limit' | 'before'>): Promise<Page<ApiKey>>;
  /** Moves `lastUsedAt` on, and nothing else: no revision. An absent key is no error. */
  touch(id: string, at: number): Promise<void>;
}

interface ApiKeyServicePorts {
  keys: ApiKeyStore;
  clock: Clock;
  random: Random;
  newSecret(): string;
  retentionMs: number;
  /** What a tenant may give its own keys at most, requests a second; more is the operator's to give. */
  rateLimitMax?: number;
  /**
   * How many active ones a tenant may have by its own hand, and ten times as many with ended ones that are
   * still kept. Keys created at the same moment may exceed it by their number.
   */
  keysMax?: number;
}

/** The token is in no other answer, ever. */
export interface Issued {
  key: ApiKey;
  token: string;
}

interface Named {
  id: string;
  tenant: string;
}

const notFound = (id: string): ServiceError => new ServiceError('not-found', `There is no key ${id}`);
const full = (detail: string): ServiceError => new ServiceError('limit-reached', detail);
const ended = (): ServiceError =>
  new ServiceError('key-not-active', 'The key was revoked or has expired: make another one');

export const makeApiKeyService = (ports: ApiKeyServicePorts) => {
  const { keys, clock, random, newSecret, retentionMs } = ports;
  const { rateLimitMax = Number.POSITIVE_INFINITY, keysMax = Number.POSITIVE_INFINITY } = ports;
  const stamp = () => ({ now: clock.now(), writeId: random.token(), retentionMs });

  const get = async ({ id, tenant }: Named): Promise<ApiKey> => {
    const key = await keys.get(id);
    if (key?.tenant !== tenant) throw notFound(id);
    return key;
  };

  const checkLimit = async (tenant: string, now: number): Promise<void> => {
    let active = 0;
    let before: string | undefined;
    for (let page = 0; page < KEPT_MAX; page += 1) {
      const { items, next } = await keys.list({ tenant, limit: keysMax, ...omitUndefined({ before }) });
      active += items.filter((key) => isActive(key, now)).length;
      if (active >= keysMax) throw full(`There are ${keysMax} active keys already: revoke one first`);
      if (next === undefined) return;
      before = next;
    }
    throw full(`More than ${KEPT_MAX * keysMax} keys are kept, most of them revoked: the oldest are removed with time`);
  };

  /** A step that answers the same key changes nothing. */
  const change = async (named: Named, step: (key: ApiKey) => ApiKey): Promise<ApiKey> => {
    const { after } = await updateItem(replaceIn(keys), await get(named), step);
    if (!after) throw notFound(named.id);
    return after;
  };

  const problems = ({ expiresAt, rateLimit = 0 }: Pick<KeyInput, 'expiresAt' | 'rateLimit'>, now = clock.now()) => {
    const errors: FieldError[] = [];
    const refuse = (field: string, detail: string) => errors.push({ pointer: `/${field}`, detail });
    if (expiresAt !== undefined && (expiresAt <= now || expiresAt > now + YEARS_10_MS))
      refuse('expires_at', 'must be ahead, by 10 years at most');
    if (rateLimit > rateLimitMax) refuse('rate_limit', `must be at most ${rateLimitMax}`);
    return errors;
  };

  return {
    get,
    list: keys.list,

    /** The rules beyond the schema that a key would break. */
    problems: (input: Pick<KeyInput, 'expiresAt' | 'rateLimit'>): FieldError[] => problems(input),

    /**
     * Throws `validation-failed` for an expiry that is past, or further than 10 years ahead, and a
     * limit above what is allowed; `limit-reached`.
     */
    create: async ({ input, tenant }: { input: KeyInput; tenant: string }): Promise<Issued> => {
      const on = stamp();
      const errors = problems(input, on.now);
      if (errors.length > 0) throw validationFailed(errors);
      if (Number.isFinite(keysMax)) await checkLimit(tenant, on.now);
      const secret = newSecret();
      const key = created({ id: random.id('key_'), tenant, hash: hashOf(secret), input }, on);
      const result = await keys.create(key);
      if (!result.written) throw new Error(`${key.id} is there already`);
      return { key, token: tokenOf({ id: key.id, secret }) };
    },

    /** A new secret under the same id. Throws `key-not-active`. */
    rotate: async ({ id, tenant, overlapMs }: Named & { overlapMs: number }): Promise<Issued> => {
      const secret = newSecret();
      const on = { ...stamp(), overlapMs };
      const key = await change({ id, tenant }, (current) => {
        if (!isActive(current, on.now)) throw ended();
        return rotated(current, hashOf(secret), on);
      });
      return { key, token: tokenOf({ id, secret }) };
    },

    /** For good; repeating it repeats the answer. */
    revoke: (named: Named): Promise<ApiKey> =>
      change(named, (current) => (current.revokedAt === undefined ? revoked(current, stamp()) : current)),
  };
};
