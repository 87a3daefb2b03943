/**
 * The noun: what a client gives, what is stored, what a client sees. What may happen to it is in
 * `state/client-commands.ts`.
 */

import * as z from 'zod';
import { addressNames, alternatives, byAddress } from '../channels/index.ts';
import { parseStoredJson } from '../schema/exact-number.ts';
import { idempotencyKey } from '../schema/idempotency-key.ts';
import { LEAD_TIME_DAYS_DEFAULT } from '../schema/notification-types.ts';
import { PRIORITIES, type Priority } from '../schema/priority.ts';
import { STATUS_REASONS, type StatusReason } from '../schema/reasons.ts';
import { BODY_MAX, SUBJECT_MAX, shortText, typeName } from '../schema/text.ts';
import { rfc3339 } from '../schema/time.ts';
import { erasedAtView, timeText, timeView } from '../schema/time-view.ts';
import { ERASED, isErased, unlessNamed } from '../store/erased.ts';
import {
  createShape,
  derived,
  field,
  type Input,
  inKeys,
  input,
  jsonText,
  list,
  optional,
  PERSONAL,
  PLAIN,
  required,
  type Stored,
  shown,
} from '../store/fields.ts';
import { recordFields } from '../store/record-fields.ts';
import { ATTEMPTS_KEPT, type Attempt, attemptView, viewAttempt } from './attempt.ts';
import {
  type ChannelRecords,
  channelEntries,
  channelsView,
  type Lease,
  viewChannels,
  viewDeferral,
} from './channel-record.ts';
import { IF_PAST, type IfPast, LEAD_TIME_DAYS_MAX, type Timing } from './due-time.ts';
import { expiresAfterSchema } from './expiry.ts';
import { type Addresses, addressesOf, TEXT_CHANNELS_LISTED } from './recipient.ts';
import { type Window, windowSchema } from './window.ts';

export const STATUSES = ['PENDING', 'SCHEDULED', 'SENDING', 'RETRYING', 'SENT', 'FAILED', 'CANCELED'] as const;
export type Status = (typeof STATUSES)[number];
export const statusSchema = z.enum(STATUSES).meta({ id: 'NotificationStatus' });
const statusReasonSchema = z.enum(STATUS_REASONS).meta({ id: 'StatusReason', description: 'Why it ended as it did.' });

const prioritySchema = z.enum(PRIORITIES).meta({
  id: 'Priority',
  description:
    '`bulk`, for a campaign, waits for the other notifications of its tenant, and is up to 1 s late. Absent is `normal`.',
});

export const timingFields = {
  target_date: timeText.optional().meta({
    description:
      'The date the notification is about. RFC 3339; without offset it is local in `timezone`; a bare date is midnight. ' +
      'The zone may also stand behind it in brackets (RFC 9557): `2027-06-01T09:00[Europe/Berlin]`.',
    examples: ['2027-06-01T09:00:00+02:00'],
  }),
  lead_time_days: z
    .int()
    .min(0)
    .max(LEAD_TIME_DAYS_MAX)
    .optional()
    .meta({
      description: `Calendar days before \`target_date\`, in \`timezone\`, at the same local time. Default ${LEAD_TIME_DAYS_DEFAULT}.`,
    }),
  send_at: timeText.optional().meta({ description: 'The very time to send, instead of a target with a lead.' }),
  timezone: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The name of an IANA time zone, default UTC.', examples: ['Europe/Berlin'] }),
};

export const ifPast = z.enum(IF_PAST).meta({
  id: 'IfPast',
  description:
    'What to do when the time to send has passed while `target_date` has not: `send` it now (default), `skip` it (it is ' +
    'CANCELED, `status_reason` `past`), or `reject` the request. Also for later changes of its time.',
});

/** The text that goes out, where it does not come from the type's template. */
export const contentFields = {
  subject: shortText(SUBJECT_MAX).optional(),
  body: z
    .string()
    .max(BODY_MAX, `must be at most ${BODY_MAX} characters`)
    .optional()
    .meta({
      description: `Needed for ${TEXT_CHANNELS_LISTED} of a type that has no built-in text: \`custom\`, and every type that is not known.`,
    }),
  data: z.record(z.string().max(128), z.unknown()).optional().meta({
    description:
      'Values for the {{placeholders}} of subject and body, each of which must have one: a text, a number, true or false.',
  }),
};

const addressFields = byAddress(({ form, meta }) =>
  form()
    .optional()
    .meta(meta ?? {}),
);

const eraseAddresses = (channels: ChannelRecords): ChannelRecords =>
  Object.fromEntries(
    Object.entries(channels).map(([name, { redirectedTo: _, ...channel }]) => [name, { ...channel, to: ERASED }]),
  );

/** In the order of the view. Times are epoch ms, business time unless said otherwise. */
export const notificationFields = {
  id: field(required<string>('id'), PLAIN, shown('id', z.string())),
  tenant: field(inKeys<string>(), PLAIN),
  /** Which partition of its lists holds it, from creation on; absent: the first. The store's own. */
  partition: field(inKeys<number | undefined>(), PLAIN),
  type: field(required<string>('type'), PLAIN, {
    ...input('notification_type', typeName),
    ...shown('notification_type', z.string()),
  }),
  entityId: field(
    inKeys<string>(),
    { isEncrypted: false, erasure: unlessNamed },
    {
      ...input('entity_id', shortText(256).meta({ examples: ['user-123'] })),
      ...shown('entity_id', z.string()),
    },
  ),
  /** The order, subscription or campaign that it belongs to. */
  group: field(
    inKeys<string | undefined>(),
    { isEncrypted: false, erasure: unlessNamed },
    {
      ...input(
        'group',
        shortText(256)
          .optional()
          .meta({
            description: 'The order, subscription or campaign that it belongs to: lists filter by it.',
            examples: ['invoice:2027-0042'],
          }),
      ),
      ...shown('group', z.string().optional()),
    },
  ),
  targetDate: field(optional<number>('target_at'), PLAIN, shown('target_date', timeView.optional(), rfc3339)),
  /** As last given, at creation or by PATCH: the next PATCH is merged over it. */
  timing: field(required<Timing>('timing'), PLAIN, {
    create: timingFields,
    view: { lead_time_days: z.int().optional(), timezone: z.string().optional() },
    show: ({ lead_time_days, timezone }: Timing) => ({ lead_time_days, timezone }),
  }),
  /** Kept for the next change of its time: a PATCH does not send late what asked not to be sent late. */
  ifPast: field(optional<IfPast>('if_past'), PLAIN, {
    ...input('if_past', ifPast.optional()),
    ...shown('if_past', ifPast.optional()),
  }),
  sendAt: field(required<number>('send_at'), PLAIN, shown('send_at', timeView, rfc3339)),
  window: field(optional<Window>('window'), PLAIN, {
    ...input('window', windowSchema.optional()),
    ...shown('window', windowSchema.optional()),
  }),
  /** As given; counted from `sendAt`. */
  expiresAfter: field(optional<string>('expires_after'), PLAIN, {
    ...input('expires_after', expiresAfterSchema.optional()),
    ...shown('expires_after', z.string().optional()),
  }),
  channels: field(
    required<ChannelRecords>('channels'),
    { isEncrypted: true, erasure: eraseAddresses },
    {
      create: addressFields,
      view: byAddress(() => z.string().optional()),
      show: addressesOf,
    },
  ),
  subject: field(optional<string>('subject'), PERSONAL, {
    ...input('subject', contentFields.subject),
    ...shown('subject', z.string().optional()),
  }),
  body: field(optional<string>('body'), PERSONAL, {
    ...input('body', contentFields.body),
    ...shown('body', z.string().optional()),
  }),
  data: field(jsonText<Record<string, unknown> | undefined>('data', parseStoredJson), PERSONAL, {
    ...input('data', contentFields.data),
    ...shown('data', z.record(z.string(), z.unknown()).optional()),
  }),
  priority: field(optional<Priority>('priority'), PLAIN, {
    ...input('priority', prioritySchema.optional()),
    ...shown('priority', prioritySchema.optional()),
  }),
  /** Of the built-in texts, pinned at creation; absent is 0. */
  textVersion: field(optional<number>('text_version'), PLAIN),
  eventId: field(optional<string>('event_id'), PLAIN, shown('event_id', z.string().optional())),
  /** Of what a schedule made. */
  scheduleId: field(optional<string>('schedule_id'), PLAIN, shown('schedule_id', z.string().optional())),
  status: field(required<Status>('status'), PLAIN, shown('status', statusSchema)),
  statusReason: field(
    optional<StatusReason>('status_reason'),
    PLAIN,
    shown('status_reason', statusReasonSchema.optional()),
  ),
  deferral: derived(
    {
      deferred_to: timeView.optional().meta({ description: 'The time to act, where that is later than it was due.' }),
      deferred_by: z.enum(['window']).optional().meta({ id: 'DeferredBy', description: 'Why it was deferred.' }),
    },
    viewDeferral,
  ),
  channelStates: derived({ channels: channelsView }, (item: { channels: ChannelRecords; lease?: Lease }) => ({
    channels: viewChannels(item),
  })),
  /** The last {@link ATTEMPTS_KEPT}. */
  attempts: field(
    list<Attempt>('attempts'),
    PLAIN,
    shown('attempts', z.array(attemptView).meta({ description: `The last ${ATTEMPTS_KEPT}.` }), (attempts: Attempt[]) =>
      attempts.map(viewAttempt),
    ),
  ),
  sentAt: field(optional<number>('sent_at'), PLAIN, shown('sent_at', timeView.optional(), rfc3339)),
  createdAt: field(inKeys<number>(), PLAIN, shown('created_at', timeView, rfc3339)),
  updatedAt: field(required<number>('updated_at'), PLAIN, shown('updated_at', timeView, rfc3339)),
  /** When its content was erased, and by which job: since then it is a tombstone. */
  erasedAt: field(optional<number>('erased_at'), PLAIN, shown('erased_at', erasedAtView, rfc3339)),
  /** For clients: an edit token. Moves on edit, cancel, stop, retry, claim and finish. */
  version: field(required<number>('version'), PLAIN, shown('version', z.int())),
  /** For timers: moves only when the time to act changes. */
  timerSeq: field(required<number>('timer_seq'), PLAIN),
  /** The time to act: the earliest next attempt of an open channel. */
  dueAt: field(required<number>('due_at'), PLAIN),
  /** The end of the window that holds `dueAt`, or its expiry if earlier: from then on no claim is given. */
  closesAt: field(optional<number>('closes_at'), PLAIN),
  lease: field(optional<Lease>('lease'), PLAIN),
  /** Set by the first claim, never removed. */
  firstClaimedAt: field(optional<number>('first_claimed_at'), PLAIN),
  stoppedAt: field(optional<number>('stopped_at'), PLAIN),
  /** The last edit or retry of a client: a bulk command that was ordered before leaves what it changed. */
  editedAt: field(optional<number>('edited_at'), PLAIN),
  /** The bulk command that changed it last: a page of it that is repeated counts the same. */
  bulkJob: field(optional<string>('bulk_job'), PLAIN),
  ...recordFields,
};

/** The one item that decides. */
export interface Notification extends Stored<typeof notificationFields> {}

/** What a schema of members cannot say. */
const together = {
  allOf: [
    { oneOf: [{ required: ['target_date'] }, { required: ['send_at'] }] },
    { anyOf: addressNames.map((name) => ({ required: [name] })) },
    ...alternatives.map((names) => ({ not: { required: names } })),
    { not: { required: ['send_at', 'lead_time_days'] } },
  ],
};
const createMembers = createShape(notificationFields);

export const newNotificationSchema = z.strictObject(createMembers).meta({ id: 'NewNotification', ...together });
export type NewNotification = z.output<typeof newNotificationSchema>;

/** One of a batch. */
export const notificationItemSchema = z
  .strictObject({ ...createMembers, idempotency_key: idempotencyKey.optional() })
  .meta({ id: 'NotificationItem', ...together });

export const isOpen = (item: Pick<Notification, 'status'>): boolean =>
  item.status !== 'SENT' && item.status !== 'FAILED' && item.status !== 'CANCELED';

/** Ended with a channel that a retry can bring back, which nothing can of what was erased. */
export const isDead = (item: Notification): boolean =>
  item.status === 'FAILED' && !isErased(item) && channelEntries(item).some(([, channel]) => channel.state === 'failed');

/** What a client, or a rule, gave. */
export type Draft = Pick<Notification, 'id' | 'tenant' | 'timing'> & {
  to: Addresses;
} & Input<typeof notificationFields> &
  Partial<Pick<Notification, 'eventId' | 'scheduleId' | 'fingerprint' | 'trace'>>;
