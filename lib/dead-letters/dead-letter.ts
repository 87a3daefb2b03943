/** The noun: everything that ended dead, why, and what a client sees of it. */
import * as z from 'zod';
import type { Event } from '../events/event.ts';
import { type ChannelRecord, channelEntries } from '../notifications/channel-record.ts';
import { isDead as isDeadNotification, type Notification } from '../notifications/notification.ts';
import { endpointId, isEndpointId } from '../schema/endpoint-id.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { pagingQuery } from '../schema/paging.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeQuery } from '../schema/time-schemas.ts';
import { timeView } from '../schema/time-view.ts';
import { isErased } from '../store/erased.ts';
import { field, inKeys, optional, PERSONAL, PLAIN, required, type Stored } from '../store/fields.ts';
import type { ItemStore } from '../store/item-store.ts';
import type { ListQuery, Page } from '../store/page.ts';

const DEAD_KINDS = ['delivery', 'message'] as const;
export type DeadKind = (typeof DEAD_KINDS)[number];
export const deadKindSchema = z.enum(DEAD_KINDS).meta({
  id: 'DeadLetterKind',
  description: '`delivery`: a notification that failed. `message`: what the pipeline could not process.',
});

export const rawMessageFields = {
  id: field(required<string>('id'), PLAIN),
  tenant: field(inKeys<string>(), PLAIN),
  /** Which partition of the dead letters holds it, from creation on; absent: the first. The store's own. */
  partition: field(inKeys<number | undefined>(), PLAIN),
  /** The name of the queue that gave it up: where a redrive sends it. */
  queue: field(required<string>('queue'), PLAIN),
  /** Kept for redrive, never shown. Absent when it was larger than an item can be. */
  body: field(optional<string>('body'), PERSONAL),
  bytes: field(required<number>('bytes'), PLAIN),
  reason: field(required<'not_json' | 'unknown_message'>('reason'), PLAIN),
  /** How often SQS had handed it out. */
  attempts: field(required<number>('attempts'), PLAIN),
  /** When it was recorded. */
  createdAt: field(inKeys<number>(), PLAIN),
  redrivenAt: field(optional<number>('redriven_at'), PLAIN),
  /** When its body was erased, and by which job. */
  erasedAt: field(optional<number>('erased_at'), PLAIN),
  erasedBy: field(optional<string>('erased_by'), PLAIN),
  /** Epoch seconds. */
  expiresAt: field(required<number>('expires_at'), PLAIN),
  writeId: field(required<string>('write_id'), PLAIN),
};

/** A queue message that is none of ours, as it came. It names no tenant, so it belongs to the operator's. */
export interface RawMessage extends Stored<typeof rawMessageFields> {}

export type DeadLetter =
  | { of: 'notification'; item: Notification }
  | { of: 'event'; item: Event }
  | { of: 'raw'; item: RawMessage };

export interface DeadFilters {
  kind?: DeadKind;
  /** Only deliveries have one. */
  type?: string;
  /** Only deliveries that failed at this webhook endpoint, and of those only this channel. */
  endpointId?: string;
  /** Of the time of death, epoch ms: since <= died < until. */
  since?: number;
  until?: number;
}

/** What counting may read where it must read the records themselves: some seconds. */
export const COUNT_BYTES_MAX = 250_000_000;

export interface DeadLetterStore {
  /**
   * Newest death first, by way of an index that trails the items a little. `redrivable` leaves out
   * the raw messages that were redriven: they stay listed, but are taken once.
   */
  list(query: ListQuery & DeadFilters & { redrivable?: boolean }): Promise<Page<DeadLetter>>;
  /**
   * How many are redrivable; undefined beyond `max`, or {@link COUNT_BYTES_MAX}. Expired ones that
   * the table has not removed yet may be among them.
   */
  count(query: DeadFilters & { tenant: string; until: number }, max: number): Promise<number | undefined>;
  messages: ItemStore<RawMessage>;
}

const failedChannels = (item: Notification): ChannelRecord[] =>
  channelEntries(item).flatMap(([, channel]) => (channel.state === 'failed' ? [channel] : []));

/** Whether it is dead now: an index may still show what has been retried meanwhile. */
export const isDead = (letter: DeadLetter): boolean => {
  if (letter.of === 'raw') return true;
  if (letter.of === 'notification') return isDeadNotification(letter.item);
  return letter.item.status === 'REJECTED' && !isErased(letter.item);
};

const failedAt = ({ channels: { webhook } }: Notification): string | undefined =>
  webhook?.state === 'failed' && isEndpointId(webhook.to) ? webhook.to : undefined;

/** What an index cannot tell, the kind and the time of death apart. */
export const isWanted = (letter: DeadLetter, { type, endpointId }: DeadFilters): boolean => {
  if (letter.of !== 'notification') return type === undefined && endpointId === undefined;
  const { item } = letter;
  return (type === undefined || item.type === type) && (endpointId === undefined || failedAt(item) === endpointId);
};

export const diedAt = ({ of, item }: DeadLetter): number =>
  of === 'raw' ? item.createdAt : (item.endedAt ?? item.updatedAt);

export const deadLettersQuery = z.object({
  ...pagingQuery,
  kind: deadKindSchema.optional().meta({ description: 'Dead letters of this kind alone.' }),
  notification_type: z.string().optional().meta({ description: 'Deliveries of this type alone.' }),
  endpoint_id: endpointId.optional().meta({ description: 'Deliveries that failed at this webhook endpoint alone.' }),
  since: timeQuery.meta({ description: 'Last failed at or after.' }),
  until: timeQuery.meta({ description: 'Last failed before.' }),
});

export const deadLetterViewSchema = z
  .object({
    id: z.string().meta({ description: 'Of the notification, the event, or the message itself.' }),
    kind: deadKindSchema,
    reason: z.string(),
    notification_id: z.string().optional(),
    event_id: z.string().optional(),
    notification_type: z.string().optional(),
    endpoint_id: z.string().optional().meta({ description: 'The webhook endpoint at which it failed.' }),
    attempts: z.int().meta({ description: 'Of the failed channels together; of a message, how often it was tried.' }),
    first_failed_at: timeView,
    last_failed_at: timeView,
    redriven_at: timeView.optional(),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.output<typeof deadLetterViewSchema>;

const viewDelivery = (item: Notification) => {
  const failed = failedChannels(item);
  const reasons = new Set(failed.map((channel) => channel.lastError ?? 'unknown'));
  return {
    id: item.id,
    kind: 'delivery' as const,
    reason: [...reasons].join(', '),
    notification_id: item.id,
    ...omitUndefined({ event_id: item.eventId }),
    notification_type: item.type,
    ...omitUndefined({ endpoint_id: failedAt(item) }),
    attempts: failed.reduce((sum, channel) => sum + channel.attempts, 0),
  };
};

const viewEventLetter = (item: Event) => ({
  id: item.id,
  kind: 'message' as const,
  reason: item.reason ?? 'unknown',
  event_id: item.id,
  attempts: Math.max(1, item.returns),
});

const viewRaw = ({ id, reason, attempts }: RawMessage) => ({ id, kind: 'message' as const, reason, attempts });

const viewOf = (letter: DeadLetter) => {
  if (letter.of === 'notification') return viewDelivery(letter.item);
  return letter.of === 'event' ? viewEventLetter(letter.item) : viewRaw(letter.item);
};

export const viewDeadLetter = (letter: DeadLetter): DeadLetterView => {
  const { redrivenAt } = letter.item;
  const first = letter.of === 'raw' ? undefined : letter.item.firstFailedAt;
  return {
    ...viewOf(letter),
    first_failed_at: rfc3339(first ?? diedAt(letter)),
    last_failed_at: rfc3339(diedAt(letter)),
    ...(redrivenAt !== undefined && { redriven_at: rfc3339(redrivenAt) }),
  };
};
