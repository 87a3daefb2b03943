import type { RawMessage } from '../../dead-letters/dead-letter.ts';
import { positionAt, timeOfPosition } from '../../store/position.ts';
import { deadKey, partitionOf } from '../table/keys.ts';
import { type Item, type Mapping, optional } from '../table/table.ts';

const toItem = (m: RawMessage): Item => ({
  id: m.id,
  dead_key: deadKey(m.tenant, m.redrivenAt === undefined ? 'message' : 'redriven', m.partition),
  dead_position: positionAt(m.createdAt, m.id),
  queue: m.queue,
  body: m.body,
  bytes: m.bytes,
  reason: m.reason,
  attempts: m.attempts,
  redriven_at: m.redrivenAt,
  erased_at: m.erasedAt,
  erased_by: m.erasedBy,
  expires_at: m.expiresAt,
  write_id: m.writeId,
});

const fromItem = (item: Item): RawMessage => ({
  id: item.id,
  tenant: String(item.dead_key).split('#', 1)[0] ?? '',
  ...partitionOf(item.dead_key),
  queue: String(item.queue),
  ...optional<'body', string>('body', item.body),
  bytes: Number(item.bytes),
  reason: item.reason as RawMessage['reason'],
  attempts: Number(item.attempts),
  createdAt: timeOfPosition(String(item.dead_position)),
  ...optional<'redrivenAt', number>('redrivenAt', item.redriven_at),
  ...optional<'erasedAt', number>('erasedAt', item.erased_at),
  ...optional<'erasedBy', string>('erasedBy', item.erased_by),
  expiresAt: Number(item.expires_at),
  writeId: String(item.write_id),
});

export const rawMessageMapping: Mapping<RawMessage> = { toItem, fromItem, sealed: ['body'] };
