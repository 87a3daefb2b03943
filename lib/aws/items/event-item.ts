/**
 * An event as an item. Index keys carry tenant, source and acceptance time, so they are not kept twice; free JSON is text
 * (see notification-item.ts).
 */
import type { Event, EventStatus } from '../../events/event.ts';
import { parseStoredJson } from '../../schema/exact-number.ts';
import { positionAt, timeOfPosition } from '../../store/position.ts';
import { deadKey, listKey, openShard, partitionOf, sourceKey, splitEntityKey } from '../table/keys.ts';
import type { Item, Mapping } from '../table/table.ts';
import { optional } from '../table/table.ts';

const toItem = (e: Event): Item => ({
  id: e.id,
  list_key: listKey(e.tenant, 'e', e.type, e.partition),
  entity_key: sourceKey(e.tenant, e.source, e.partition),
  position: positionAt(e.createdAt, e.id),
  ...(e.nextCheckAt !== undefined && { open_shard: openShard(e.id, e.partition), next_check_at: e.nextCheckAt }),
  ...(e.status === 'REJECTED' &&
    e.erasedAt === undefined && {
      dead_key: deadKey(e.tenant, 'message', e.partition),
      dead_position: positionAt(e.endedAt ?? e.updatedAt, e.id),
    }),
  type: e.type,
  source_id: e.sourceId,
  subject: e.subject,
  time: e.time,
  payload: JSON.stringify(e.payload),
  extensions: e.extensions && JSON.stringify(e.extensions),
  status: e.status,
  reason: e.reason,
  notifications: e.notifications.length > 0 ? e.notifications : undefined,
  checks: e.checks || undefined,
  returns: e.returns || undefined,
  updated_at: e.updatedAt,
  ended_at: e.endedAt,
  expires_at: e.expiresAt,
  first_failed_at: e.firstFailedAt,
  redriven_at: e.redrivenAt,
  erased_at: e.erasedAt,
  erased_by: e.erasedBy,
  fingerprint: e.fingerprint,
  trace: e.trace,
  write_id: e.writeId,
});

const fromItem = (item: Item): Event => {
  const { tenant, entity } = splitEntityKey(String(item.entity_key));
  return {
    id: item.id,
    tenant,
    ...partitionOf(item.list_key),
    type: String(item.type),
    source: entity,
    ...optional<'sourceId', string>('sourceId', item.source_id),
    ...optional<'subject', string>('subject', item.subject),
    time: Number(item.time),
    payload: parseStoredJson(String(item.payload)) as Event['payload'],
    ...(item.extensions !== undefined && { extensions: JSON.parse(String(item.extensions)) }),
    status: item.status as EventStatus,
    ...optional<'reason', string>('reason', item.reason),
    notifications: (item.notifications as string[] | undefined) ?? [],
    ...optional<'nextCheckAt', number>('nextCheckAt', item.next_check_at),
    checks: Number(item.checks ?? 0),
    returns: Number(item.returns ?? 0),
    createdAt: timeOfPosition(String(item.position)),
    updatedAt: Number(item.updated_at),
    ...optional<'endedAt', number>('endedAt', item.ended_at),
    ...optional<'expiresAt', number>('expiresAt', item.expires_at),
    ...optional<'firstFailedAt', number>('firstFailedAt', item.first_failed_at),
    ...optional<'redrivenAt', number>('redrivenAt', item.redriven_at),
    ...optional<'erasedAt', number>('erasedAt', item.erased_at),
    ...optional<'erasedBy', string>('erasedBy', item.erased_by),
    ...optional<'fingerprint', string>('fingerprint', item.fingerprint),
    ...optional<'trace', string>('trace', item.trace),
    writeId: String(item.write_id),
  };
};

/** `fingerprint` is a hash of everything a producer gave, which guesses could be held against. */
const sealed = ['payload', 'subject', 'extensions', 'source_id', 'fingerprint'];

export const eventMapping: Mapping<Event> = { toItem, fromItem, sealed };
