/**
 * An endpoint as an item. `secrets` and `headers`, which hold what is secret, are one text each. A deleted one leaves the
 * list by losing its index key.
 */

import type { Endpoint } from '../../endpoints/endpoint.ts';
import { isDeleted } from '../../endpoints/endpoint.ts';
import type { DisabledReason } from '../../schema/reasons.ts';
import { positionAt, timeOfPosition } from '../../store/position.ts';
import { endpointsKey } from '../table/keys.ts';
import { type Item, type Mapping, optional } from '../table/table.ts';

const toItem = (e: Endpoint): Item => ({
  id: e.id,
  tenant: e.tenant,
  ...(!isDeleted(e) && { list_key: endpointsKey(e.tenant) }),
  position: positionAt(e.createdAt, e.id),
  url: e.url,
  description: e.description,
  headers: JSON.stringify(e.headers),
  secrets: JSON.stringify(e.keys),
  retry_schedule: e.retrySchedule,
  rate_limit: e.rateLimit,
  max_concurrency: e.maxConcurrency,
  disabled_at: e.disabledAt,
  disabled_reason: e.disabledReason,
  replay_from: e.replayFrom,
  deleted_at: e.deletedAt,
  version: e.version,
  updated_at: e.updatedAt,
  expires_at: e.expiresAt,
  fingerprint: e.fingerprint,
  write_id: e.writeId,
});

const fromItem = (item: Item): Endpoint => ({
  id: item.id,
  tenant: String(item.tenant),
  url: String(item.url),
  ...optional<'description', string>('description', item.description),
  headers: JSON.parse(String(item.headers)),
  keys: JSON.parse(String(item.secrets)),
  ...optional<'retrySchedule', number[]>('retrySchedule', item.retry_schedule),
  ...optional<'rateLimit', number>('rateLimit', item.rate_limit),
  ...optional<'maxConcurrency', number>('maxConcurrency', item.max_concurrency),
  ...optional<'disabledAt', number>('disabledAt', item.disabled_at),
  ...optional<'disabledReason', DisabledReason>('disabledReason', item.disabled_reason),
  ...optional<'replayFrom', number>('replayFrom', item.replay_from),
  ...optional<'deletedAt', number>('deletedAt', item.deleted_at),
  version: Number(item.version),
  createdAt: timeOfPosition(String(item.position)),
  updatedAt: Number(item.updated_at),
  ...optional<'expiresAt', number>('expiresAt', item.expires_at),
  ...optional<'fingerprint', string>('fingerprint', item.fingerprint),
  writeId: String(item.write_id),
});

/** A URL, too, may carry a token, and a fingerprint is a hash of all that was given. */
const sealed = ['url', 'description', 'secrets', 'headers', 'fingerprint'];

export const endpointMapping: Mapping<Endpoint> = { toItem, fromItem, sealed };
