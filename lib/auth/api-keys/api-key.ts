/** The noun: a tenant's key, and the pure steps of its life. Times are epoch ms, business time. */
import { given } from '../../schema/omit-undefined.ts';
import type { Scope } from '../principal.ts';

/** Secrets valid at once: one who repeats a rotation whose answer got lost must not lock out those who still use the first. */
const SECRETS_MAX = 5;

export interface ApiKey {
  id: string;
  tenant: string;
  name: string;
  scopes: readonly Scope[];
  /** Hashes, newest first; those before the newest end at `until`. None once it is revoked. */
  secrets: readonly { hash: string; until?: number }[];
  createdAt: number;
  updatedAt: number;
  expiresAt?: number;
  lastUsedAt?: number;
  revokedAt?: number;
  rotatedAt?: number;
  /** Requests a second, instead of the configured limit. */
  rateLimit?: number;
  /**
   * Of FIRST_KEY: its record is never removed, or the next start after that would make a revoked
   * key valid again.
   */
  isDeclared?: true;
  /** When the record may be removed, epoch seconds; absent while it can still be used. */
  removedAt?: number;
  writeId: string;
}

/** What its owner chooses. */
export type KeyInput = Pick<ApiKey, 'name' | 'scopes' | 'expiresAt' | 'rateLimit'>;

interface On {
  now: number;
  writeId: string;
}

/** What has ended stays listed so long. */
interface Kept extends On {
  retentionMs: number;
}

const removal = (endsAt: number, { retentionMs }: Kept): number => Math.ceil((endsAt + retentionMs) / 1000);

export const created = (draft: { id: string; tenant: string; hash: string; input: KeyInput }, on: Kept): ApiKey => {
  const { id, tenant, hash, input } = draft;
  const { name, scopes, expiresAt, rateLimit } = input;
  return {
    id,
    tenant,
    name,
    scopes,
    secrets: [{ hash }],
    createdAt: on.now,
    updatedAt: on.now,
    ...given({ expiresAt, rateLimit }),
    ...(expiresAt !== undefined && { removedAt: removal(expiresAt, on) }),
    writeId: on.writeId,
  };
};

export const isActive = (key: ApiKey, now: number): boolean =>
  key.revokedAt === undefined && (key.expiresAt === undefined || now < key.expiresAt);

/** The hashes that a secret may match now. */
export const validHashes = (key: ApiKey, now: number): string[] =>
  isActive(key, now)
    ? key.secrets.filter(({ until }) => until === undefined || now < until).map(({ hash }) => hash)
    : [];

/** A new secret under the same id; earlier ones end after the overlap, and never later than they were to end already. */
export const rotated = (key: ApiKey, hash: string, on: On & { overlapMs: number }): ApiKey => {
  const end = on.now + on.overlapMs;
  const earlier = key.secrets
    .map((secret) => ({ ...secret, until: Math.min(secret.until ?? end, end) }))
    .filter(({ until }) => on.now < until);
  return {
    ...key,
    secrets: [{ hash }, ...earlier].slice(0, SECRETS_MAX),
    rotatedAt: on.now,
    updatedAt: on.now,
    writeId: on.writeId,
  };
};

export const revoked = (key: ApiKey, on: Kept): ApiKey => ({
  ...key,
  secrets: [],
  revokedAt: on.now,
  updatedAt: on.now,
  ...(!key.isDeclared && { removedAt: removal(on.now, on) }),
  writeId: on.writeId,
});
