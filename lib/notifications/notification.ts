/** The noun: what a client gives, what is stored, what a client sees. What may happen to it is in `state/client-commands.ts`. */

import * as z from 'zod';
import { CHANNEL_NAMES, type ChannelName } from '../schema/channel-names.ts';

import { emailAddress } from '../schema/email-address.ts';
import { endpointId } from '../schema/endpoint-id.ts';
import { shortText, typeName } from '../schema/text.ts';
import { TIME_TEXT_MAX } from '../schema/time.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import type { Timing } from './due-time.ts';
import { LEAD_TIME_DAYS_MAX } from './due-time.ts';
export const STATUSES = ['PENDING', 'SCHEDULED', 'SENDING', 'RETRYING', 'SENT', 'FAILED', 'CANCELED'] as const;
export type Status = (typeof STATUSES)[number];
export const ATTEMPTS_KEPT = 50;
export const statusSchema = z.enum(STATUSES).meta({ id: 'NotificationStatus' });
const time = z.string().max(TIME_TEXT_MAX, `must be at most ${TIME_TEXT_MAX} characters`);

const timingFields = {
  target_date: time.optional().meta({
    description:
      'The date the notification is about. RFC 3339; without offset it is local in `timezone`; a bare date is midnight. ' +
      'The zone may also stand behind it in brackets (RFC 9557): `2027-06-01T09:00[Europe/Berlin]`.',
    examples: ['2027-06-01T09:00:00+02:00'],
  }),
  lead_time_days: z.int().min(0).max(LEAD_TIME_DAYS_MAX).optional().meta({
    description: 'Calendar days before `target_date`, in `timezone`, at the same local time. Default 7.',
  }),
  send_at: time.optional().meta({ description: 'The very time to send, instead of a target with a lead.' }),
  timezone: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The name of an IANA time zone, default UTC.', examples: ['Europe/Berlin'] }),
};

/** The text that goes out, where it does not come from the type's template. */
export const contentFields = {
  subject: shortText(200).optional(),
  body: z.string().max(65_536, 'must be at most 65536 characters').optional().meta({
    description:
      'Needed for e-mail and SMS of a type that has no built-in text: `custom`, and every type that is not known.',
  }),
  data: z.record(z.string().max(128), z.unknown()).optional().meta({
    description:
      'Values for the {{placeholders}} of subject and body, each of which must have one: a text, a number, true or false.',
  }),
};

export const newNotificationSchema = z
  .strictObject({
    notification_type: typeName,
    entity_id: shortText(256).meta({ examples: ['user-123'] }),
    ...timingFields,
    email: emailAddress.optional().meta({
      description:
        'An internationalised domain is sent to in its ASCII form. Quoted and non-ASCII names before the @ are not supported.',
    }),
    phone: z
      .string()
      .min(1)
      .max(32)
      .optional()
      .meta({
        description: 'One number: E.164, or valid national digits of the default country.',
        examples: ['+4915112345678'],
      }),
    webhook_url: z.string().min(1).max(2048, 'must be at most 2048 characters').optional(),
    endpoint_id: endpointId.optional().meta({
      description:
        'A webhook endpoint, instead of `webhook_url`. Where it is disabled, delivery ends FAILED once no other channel is tried, and is replayed on demand.',
    }),
    ...contentFields,
  })
  .meta({
    id: 'NewNotification',
    allOf: [
      { oneOf: [{ required: ['target_date'] }, { required: ['send_at'] }] },
      { anyOf: ['email', 'phone', 'webhook_url', 'endpoint_id'].map((name) => ({ required: [name] })) },
      { not: { required: ['webhook_url', 'endpoint_id'] } },
      { not: { required: ['send_at', 'lead_time_days'] } },
    ],
  });
export type NewNotification = z.output<typeof newNotificationSchema>;

export const rescheduleSchema = z
  .strictObject(timingFields)
  .refine((patch) => Object.keys(patch).length > 0, {
    message: 'at least one of target_date, lead_time_days, send_at, timezone is required',
    ...evenIfMembersAreWrong,
  })
  .meta({
    id: 'Reschedule',
    minProperties: 1,
    allOf: ['target_date', 'lead_time_days'].map((name) => ({ not: { required: ['send_at', name] } })),
  });

export type StoredChannelState = 'pending' | 'retrying' | 'sent' | 'failed' | 'stopped';

export interface ChannelRecord {
  /** The e-mail address, E.164 number, URL or endpoint's id. */
  to: string;
  state: StoredChannelState;
  /** Attempts ever made. */
  attempts: number;
  /** Attempts made before the present round of the retry schedule (a manual retry starts a new round). */
  roundFrom: number;
  nextAttemptAt?: number;
  lastError?: string;
  /**
   * The origin that the receiver of the last attempt redirected to. It may tell who the recipient
   * is: kept and erased as `to` is.
   */
  redirectedTo?: string;
  /** The place in a rate-limited receiver's row that was reserved for the next attempt, business time. */
  slotAt?: number;
}

export interface Attempt {
  channel: ChannelName;
  number: number;
  startedAt: number;
  finishedAt: number;
  latenessMs: number;
  outcome: 'sent' | 'retry' | 'failed' | 'unknown';
  httpStatus?: number;
  error?: string;
  /** The receiver may have it twice by this attempt: see SendResult. */
  resent?: true;
}

export interface Lease {
  /** Random per claim call. */
  id: string;
  /** Business time of the claim: it holds the channels that were due by then. */
  claimedAt: number;
  /** Real time. */
  until: number;
}

/** The one item that is the truth. Times are epoch ms, business time unless said otherwise. */
export interface Notification {
  id: string;
  tenant: string;
  /** Which partition of its lists holds it, from creation on; absent: the first. The store's own. */
  partition?: number;
  type: string;
  entityId: string;
  /** As last given, at creation or by PATCH: what the next PATCH is merged over. */
  timing: Timing;
  targetDate?: number;
  sendAt: number;
  subject?: string;
  body?: string;
  data?: Record<string, unknown>;
  /** Of the built-in texts, pinned at creation; absent is 0. */
  textVersion?: number;
  eventId?: string;
  status: Status;
  channels: Partial<Record<ChannelName, ChannelRecord>>;
  /** The last {@link ATTEMPTS_KEPT}. */
  attempts: Attempt[];
  /** For clients: an edit token. Moves on reschedule, cancel, stop, retry, claim and finish. */
  version: number;
  /** For timers: moves only when the time to act changes. */
  timerSeq: number;
  /** The time to act: the earliest next attempt of an open channel. */
  dueAt: number;
  lease?: Lease;
  /** Set by the first claim, never removed. */
  firstClaimedAt?: number;
  stoppedAt?: number;
  /** When the reconciler looks next; absent when ended. */
  nextCheckAt?: number;
  /** Looks of the reconciler since the last progress: its back-off. */
  checks: number;
  /** How often the pipeline gave a message of this item up. */
  returns: number;
  createdAt: number;
  updatedAt: number;
  sentAt?: number;
  endedAt?: number;
  /** Epoch seconds; absent while open. */
  expiresAt?: number;
  firstFailedAt?: number;
  redrivenAt?: number;
  /** When its content was erased, and by which job: it is a tombstone since. */
  erasedAt?: number;
  erasedBy?: string;
  /** SHA-256 of the canonical request body, where the id derives from an Idempotency-Key. */
  fingerprint?: string;
  /**
   * The sampled trace that created it, as a `traceparent`: what is done long afterwards links to
   * it.
   */
  trace?: string;
  /** Random per write: how a write recognises its own success. */
  writeId: string;
}

export const isOpenChannel = (channel: ChannelRecord): boolean =>
  channel.state === 'pending' || channel.state === 'retrying';

export const isOpen = (item: Notification): boolean =>
  item.status !== 'SENT' && item.status !== 'FAILED' && item.status !== 'CANCELED';

export const channelEntries = (item: Notification): [ChannelName, ChannelRecord][] =>
  CHANNEL_NAMES.flatMap((name) => {
    const channel = item.channels[name];
    return channel ? [[name, channel] as [ChannelName, ChannelRecord]] : [];
  });

/** The channels that a claim made at `claimedAt` holds: open and due by then. */
export const heldChannels = (item: Notification, claimedAt: number): [ChannelName, ChannelRecord][] =>
  channelEntries(item).filter(
    ([, channel]) => isOpenChannel(channel) && (channel.nextAttemptAt ?? Number.POSITIVE_INFINITY) <= claimedAt,
  );

/** What creation adds to what a client, or a rule, gave. */
export type Draft = Pick<Notification, 'id' | 'tenant' | 'type' | 'entityId' | 'timing'> & {
  to: Partial<Record<ChannelName, string>>;
} & Partial<Pick<Notification, 'subject' | 'body' | 'data' | 'eventId' | 'fingerprint' | 'trace'>>;

export const channelNameSchema = z.enum(CHANNEL_NAMES).meta({ id: 'ChannelName' });
