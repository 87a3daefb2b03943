import type { RawMessage } from '../dead-letters/dead-letter.ts';
import { positionAt, timeOfPosition } from '../position.ts';
import { type Item, type Mapping, optional } from './table.ts';

/** The partitions of the `dead` index. A raw message moves to `redriven` when it is resent: listed, but not taken again. */
export const deadKey = (tenant: string, part: 'delivery' | 'message' | 'redriven'): string => `${tenant}#${part}`;

const toItem = (m: RawMessage): Item => ({
  id: m.id,
  dead_key: deadKey(m.tenant, m.redrivenAt === undefined ? 'message' : 'redriven'),
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
