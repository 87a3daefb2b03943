/**
 * What a caller shows: `ens_<id>_<secret>`. The prefix is for secret scanners, the id finds the key. The
 * secret is 256 random bits, so one SHA-256 is enough; a slow hash is for chosen passwords.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN = /^ens_([0-9a-hjkmnp-tv-z]{26})_([A-Za-z0-9_-]{43})$/;
const ID_PREFIX = 'key_';

export interface PresentedKey {
  /** The key's id, `key_...`. */
  id: string;
  secret: string;
}

/** 256 random bits, 43 url-safe characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

export const tokenOf = ({ id, secret }: PresentedKey): string => `ens_${id.slice(ID_PREFIX.length)}_${secret}`;

/** Undefined for what cannot be one of ours: refused without a read. */
export const parseToken = (token: string): PresentedKey | undefined => {
  const [, id, secret] = TOKEN.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id: ID_PREFIX + id, secret };
};

/** What a secret is held against where there is no hash, so that the answer takes as long. */
const DUMMY = hashOf('no secret at all');

/** Whether the secret is one of these; every one of them is looked at, in constant time. */
export const isOneOf = (secret: string, hashes: readonly string[]): boolean => {
  const given = Buffer.from(hashOf(secret));
  let found = false;
  for (const hash of [DUMMY, ...hashes]) {
    const known = Buffer.from(hash);
    const same = known.length === given.length && timingSafeEqual(known, given);
    found ||= same && hash !== DUMMY;
  }
  return found;
};
