/** The noun: a tenant's key, and the pure steps of its life. Times are epoch ms, business time. */
import * as z from 'zod';
import { omitUndefined } from '../../schema/omit-undefined.ts';
import { rotationEnd } from '../../schema/rotation.ts';
import { rfc3339 } from '../../schema/time.ts';
import { timeView } from '../../schema/time-view.ts';
import { derived, field, optional, PLAIN, required, type Stored, shown } from '../../store/fields.ts';
import { SCOPES, type Scope } from '../principal.ts';

/**
 * Secrets valid at once: one who repeats a rotation whose answer got lost must not lock out those
 * who still use the first.
 */
const SECRETS_MAX = 5;

interface Secret {
  hash: string;
  until?: number;
}
interface Usable {
  revokedAt?: number;
  expiresAt?: number;
}

export const scopeSchema = z.enum(SCOPES).meta({ id: 'Scope' });

/** In the order of the view. */
export const apiKeyFields = {
  id: field(
    required<string>('id'),
    PLAIN,
    shown('id', z.string().meta({ examples: ['key_01h9xk3f7v5m2n8p4q6r0s1t2w'] })),
  ),
  name: field(required<string>('name'), PLAIN, shown('name', z.string())),
  tenant: field(required<string>('tenant'), PLAIN, shown('tenant', z.string())),
  scopes: field(
    required<readonly Scope[]>('scopes'),
    PLAIN,
    shown('scopes', z.array(scopeSchema), (scopes: readonly Scope[]) => [...scopes]),
  ),
  /** Hashes, newest first; those before the newest end at `until`. None once it is revoked. */
  secrets: field(required<readonly Secret[]>('secrets'), PLAIN),
  createdAt: field(required<number>('created_at'), PLAIN, shown('created_at', timeView, rfc3339)),
  updatedAt: field(required<number>('updated_at'), PLAIN),
  expiresAt: field(optional<number>('valid_until'), PLAIN, shown('expires_at', timeView.optional(), rfc3339)),
  lastUsedAt: field(
    optional<number>('last_used_at'),
    PLAIN,
    shown('last_used_at', timeView.optional().meta({ description: 'To within some minutes.' }), rfc3339),
  ),
  rotatedAt: field(optional<number>('rotated_at'), PLAIN, shown('rotated_at', timeView.optional(), rfc3339)),
  rotationEndsAt: derived(
    {
      rotation_ends_at: timeView
        .optional()
        .meta({ description: 'Until then earlier secrets are good beside the newest.' }),
    },
    (key: Usable & { secrets: readonly Secret[] }, now: number) => {
      const endsAt = isActive(key, now) ? rotationEnd(key.secrets, now) : undefined;
      return { rotation_ends_at: endsAt === undefined ? undefined : rfc3339(endsAt) };
    },
  ),
  revokedAt: field(optional<number>('revoked_at'), PLAIN, shown('revoked_at', timeView.optional(), rfc3339)),
  /** Requests a second, instead of the configured limit. */
  rateLimit: field(optional<number>('rate_limit'), PLAIN, shown('rate_limit', z.int().optional())),
  /**
   * Of FIRST_KEY: its record is never removed, or the next start after that would make a revoked
   * key valid again.
   */
  isDeclared: field(optional<true>('is_declared'), PLAIN),
  /** When the record may be removed, epoch seconds: the table's TTL. Absent while it can still be used. */
  removedAt: field(optional<number>('expires_at'), PLAIN),
  writeId: field(required<string>('write_id'), PLAIN),
};

export interface ApiKey extends Stored<typeof apiKeyFields> {}

/** What its owner chooses. */
export type KeyInput = Pick<ApiKey, 'name' | 'scopes' | 'expiresAt' | 'rateLimit'>;

interface WriteContext {
  now: number;
  writeId: string;
}

/** What has ended stays listed so long. */
interface Kept extends WriteContext {
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
    ...omitUndefined({ expiresAt, rateLimit }),
    ...(expiresAt !== undefined && { removedAt: removal(expiresAt, on) }),
    writeId: on.writeId,
  };
};

export const isActive = (key: Usable, now: number): boolean =>
  key.revokedAt === undefined && (key.expiresAt === undefined || now < key.expiresAt);

/** The hashes that a secret may match now. */
export const validHashes = (key: ApiKey, now: number): string[] =>
  isActive(key, now)
    ? key.secrets.filter(({ until }) => until === undefined || now < until).map(({ hash }) => hash)
    : [];

/**
 * A new secret under the same id; earlier ones end after the overlap, and never later than they
 * were to end already.
 */
export const rotated = (key: ApiKey, hash: string, on: WriteContext & { overlapMs: number }): ApiKey => {
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
