/**
 * A notification as an item. Index keys carry tenant, entity and creation time, so they are not kept twice: an item
 * under 1 KB costs one write unit. What a client gave as free JSON is kept as text: DynamoDB's maps end at 32 levels and
 * its numbers at 38 digits, and the SDK refuses integers beyond 2^53, all of which JSON allows.
 */

import type { Attempt, ChannelRecord, Lease, Notification, Status } from '../../notifications/notification.ts';
import { channelEntries } from '../../notifications/notification.ts';
import type { ChannelName } from '../../schema/channel-names.ts';
import { parseStoredJson } from '../../schema/exact-number.ts';
import { positionAt, timeOfPosition } from '../../store/position.ts';
import { deadKey, entityKey, listKey, openShard, partitionOf, splitEntityKey } from '../table/keys.ts';
import type { Item, Mapping } from '../table/table.ts';
import { optional } from '../table/table.ts';

const isDead = (item: Notification): boolean =>
  item.status === 'FAILED' &&
  item.erasedAt === undefined &&
  channelEntries(item).some(([, channel]) => channel.state === 'failed');

const toItem = (n: Notification): Item => ({
  id: n.id,
  list_key: listKey(n.tenant, 'n', n.type, n.partition),
  entity_key: entityKey(n.tenant, n.entityId),
  position: positionAt(n.createdAt, n.id),
  ...(n.nextCheckAt !== undefined && { open_shard: openShard(n.id, n.partition), next_check_at: n.nextCheckAt }),
  ...(isDead(n) && {
    dead_key: deadKey(n.tenant, 'delivery', n.partition),
    dead_position: positionAt(n.endedAt ?? n.updatedAt, n.id),
  }),
  type: n.type,
  timing: n.timing,
  target_at: n.targetDate,
  send_at: n.sendAt,
  subject: n.subject,
  body: n.body,
  data: n.data && JSON.stringify(n.data),
  text_version: n.textVersion,
  event_id: n.eventId,
  status: n.status,
  channels: n.channels,
  attempts: n.attempts.length > 0 ? n.attempts : undefined,
  version: n.version,
  timer_seq: n.timerSeq,
  due_at: n.dueAt,
  lease: n.lease,
  first_claimed_at: n.firstClaimedAt,
  stopped_at: n.stoppedAt,
  checks: n.checks || undefined,
  returns: n.returns || undefined,
  updated_at: n.updatedAt,
  sent_at: n.sentAt,
  ended_at: n.endedAt,
  expires_at: n.expiresAt,
  first_failed_at: n.firstFailedAt,
  redriven_at: n.redrivenAt,
  erased_at: n.erasedAt,
  erased_by: n.erasedBy,
  fingerprint: n.fingerprint,
  trace: n.trace,
  write_id: n.writeId,
});

const fromItem = (item: Item): Notification => {
  const { tenant, entity } = splitEntityKey(String(item.entity_key));
  return {
    id: item.id,
    tenant,
    ...partitionOf(item.list_key),
    type: String(item.type),
    entityId: entity,
    timing: item.timing as Notification['timing'],
    ...optional<'targetDate', number>('targetDate', item.target_at),
    sendAt: Number(item.send_at),
    ...optional<'subject', string>('subject', item.subject),
    ...optional<'body', string>('body', item.body),
    ...(item.data !== undefined && { data: parseStoredJson(String(item.data)) as NonNullable<Notification['data']> }),
    ...optional<'textVersion', number>('textVersion', item.text_version),
    ...optional<'eventId', string>('eventId', item.event_id),
    status: item.status as Status,
    channels: item.channels as Partial<Record<ChannelName, ChannelRecord>>,
    attempts: (item.attempts as Attempt[] | undefined) ?? [],
    version: Number(item.version),
    timerSeq: Number(item.timer_seq),
    dueAt: Number(item.due_at),
    ...optional<'lease', Lease>('lease', item.lease),
    ...optional<'firstClaimedAt', number>('firstClaimedAt', item.first_claimed_at),
    ...optional<'stoppedAt', number>('stoppedAt', item.stopped_at),
    ...optional<'nextCheckAt', number>('nextCheckAt', item.next_check_at),
    checks: Number(item.checks ?? 0),
    returns: Number(item.returns ?? 0),
    createdAt: timeOfPosition(String(item.position)),
    updatedAt: Number(item.updated_at),
    ...optional<'sentAt', number>('sentAt', item.sent_at),
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

/** `channels` holds the recipients; `fingerprint` is a hash of everything a client gave, which guesses could be held against. */
const sealed = ['channels', 'subject', 'body', 'data', 'fingerprint'];

export const notificationMapping: Mapping<Notification> = { toItem, fromItem, sealed };
