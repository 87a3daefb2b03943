import type { ApiKey } from '../../auth/api-keys/api-key.ts';
import { positionAt } from '../../store/position.ts';
import { type Item, type Mapping, optional } from '../table/table.ts';

/** A tenant has few keys: one partition of the by_time index holds them. */
export const apiKeyListKey = (tenant: string): string => `${tenant}#k`;

const toItem = (key: ApiKey): Item => ({
  id: key.id,
  list_key: apiKeyListKey(key.tenant),
  position: positionAt(key.createdAt, key.id),
  tenant: key.tenant,
  name: key.name,
  scopes: key.scopes,
  secrets: key.secrets,
  created_at: key.createdAt,
  updated_at: key.updatedAt,
  valid_until: key.expiresAt,
  last_used_at: key.lastUsedAt,
  revoked_at: key.revokedAt,
  rotated_at: key.rotatedAt,
  rate_limit: key.rateLimit,
  is_declared: key.isDeclared,
  expires_at: key.removedAt, // the table's TTL, which the record outlives the key by
  write_id: key.writeId,
});

const fromItem = (item: Item): ApiKey => ({
  id: item.id,
  tenant: String(item.tenant),
  name: String(item.name),
  scopes: item.scopes as ApiKey['scopes'],
  secrets: item.secrets as ApiKey['secrets'],
  createdAt: Number(item.created_at),
  updatedAt: Number(item.updated_at),
  ...optional<'expiresAt', number>('expiresAt', item.valid_until),
  ...optional<'lastUsedAt', number>('lastUsedAt', item.last_used_at),
  ...optional<'revokedAt', number>('revokedAt', item.revoked_at),
  ...optional<'rotatedAt', number>('rotatedAt', item.rotated_at),
  ...optional<'rateLimit', number>('rateLimit', item.rate_limit),
  ...optional<'isDeclared', true>('isDeclared', item.is_declared),
  ...optional<'removedAt', number>('removedAt', item.expires_at),
  writeId: String(item.write_id),
});

export const apiKeyMapping: Mapping<ApiKey> = { toItem, fromItem };
