/** What a client sees of a notification. */

import * as z from 'zod';
import type { ChannelName } from '../schema/channel-names.ts';
import { CHANNEL_NAMES } from '../schema/channel-names.ts';
import { isEndpointId } from '../schema/endpoint-id.ts';
import { describeError } from '../schema/reasons.ts';
import { rfc3339 } from '../schema/time.ts';
import type { Attempt, ChannelRecord, Notification } from './notification.ts';
import { channelEntries, channelNameSchema, heldChannels, isOpenChannel, statusSchema } from './notification.ts';

const time = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

const channelState = z
  .enum(['pending', 'sending', 'retrying', 'sent', 'failed', 'stopped'])
  .meta({ id: 'ChannelState' });
const channelView = z
  .object({
    state: channelState,
    attempts: z.int(),
    next_attempt_at: time.optional(),
    last_error: z
      .string()
      .optional()
      .meta({
        description:
          'Of the last attempt, after 307 and 308 with where it pointed (`http_308 to https://new.example.com`); ' +
          'or why the next one is put off, which is no attempt: circuit_open, rate_limited, ' +
          'concurrency_limited or receiver_busy, by the limits of the receiver; endpoint_disabled, while another channel is tried; ' +
          'gate_unavailable or held_up, by our own trouble.',
      }),
  })
  .meta({ id: 'Channel' });
const attemptView = z
  .object({
    channel: channelNameSchema,
    number: z.int(),
    started_at: time,
    finished_at: time,
    lateness_ms: z.int().meta({ description: 'Start less due time of this attempt.' }),
    outcome: z.enum(['sent', 'retry', 'failed', 'unknown']).meta({ id: 'AttemptOutcome' }),
    http_status: z.int().optional(),
    error: z.string().optional(),
    resent: z.boolean().optional().meta({
      description:
        'True when the kept connection closed before any answer, so that it was sent once more on a fresh one: the receiver may have it twice, with the same `webhook-id`.',
    }),
  })
  .meta({ id: 'Attempt' });
const channelViews = CHANNEL_NAMES.map((name) => [name, channelView.optional()]);
/** An object with a member for each channel: client generators make more of that than of a map. */
export const channelsView = z
  .object(Object.fromEntries(channelViews) as Record<ChannelName, z.ZodOptional<typeof channelView>>)
  .meta({ id: 'Channels' });

export const notificationViewSchema = z
  .object({
    id: z.string(),
    notification_type: z.string(),
    entity_id: z.string(),
    target_date: time.optional(),
    lead_time_days: z.int().optional(),
    timezone: z.string().optional(),
    send_at: time,
    email: z.string().optional(),
    phone: z.string().optional(),
    webhook_url: z.string().optional(),
    endpoint_id: z.string().optional(),
    subject: z.string().optional(),
    body: z.string().optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    event_id: z.string().optional(),
    status: statusSchema,
    channels: channelsView,
    attempts: z.array(attemptView).meta({ description: 'The last 50.' }),
    sent_at: time.optional(),
    created_at: time,
    updated_at: time,
    erased_at: time.optional().meta({ description: 'Its content was erased: what is left is a tombstone.' }),
    version: z.int(),
  })
  .meta({ id: 'Notification' });
export type NotificationView = z.output<typeof notificationViewSchema>;

const viewChannel = (channel: ChannelRecord, sending: boolean): z.output<typeof channelView> => ({
  state: sending ? 'sending' : channel.state,
  attempts: channel.attempts,
  ...(isOpenChannel(channel) &&
    channel.nextAttemptAt !== undefined && { next_attempt_at: rfc3339(channel.nextAttemptAt) }),
  ...(channel.lastError !== undefined && { last_error: describeError(channel.lastError, channel.redirectedTo) }),
});

/** A channel shows `sending` from claim to finish: it is what the lease holds, so nothing needs to be written for it. */
export const viewChannels = (item: Notification): z.output<typeof channelsView> => {
  const held = new Set(item.lease ? heldChannels(item, item.lease.claimedAt).map(([name]) => name) : []);
  return Object.fromEntries(
    channelEntries(item).map(([name, channel]) => [name, viewChannel(channel, held.has(name))]),
  );
};

const viewAttempt = (attempt: Attempt): z.output<typeof attemptView> => ({
  channel: attempt.channel,
  number: attempt.number,
  started_at: rfc3339(attempt.startedAt),
  finished_at: rfc3339(attempt.finishedAt),
  lateness_ms: attempt.latenessMs,
  outcome: attempt.outcome,
  ...(attempt.httpStatus !== undefined && { http_status: attempt.httpStatus }),
  ...(attempt.error !== undefined && { error: attempt.error }),
  ...(attempt.resent && { resent: true }),
});

/** Absent members are absent, not null. */
const present = <T extends Record<string, unknown>>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;

const webhookOf = (to: string | undefined) =>
  to !== undefined && isEndpointId(to) ? { endpoint_id: to } : { webhook_url: to };

export const viewNotification = (item: Notification): NotificationView =>
  present({
    id: item.id,
    notification_type: item.type,
    entity_id: item.entityId,
    target_date: item.targetDate === undefined ? undefined : rfc3339(item.targetDate),
    lead_time_days: item.timing.lead_time_days,
    timezone: item.timing.timezone,
    send_at: rfc3339(item.sendAt),
    email: item.channels.email?.to,
    phone: item.channels.sms?.to,
    ...webhookOf(item.channels.webhook?.to),
    subject: item.subject,
    body: item.body,
    data: item.data,
    event_id: item.eventId,
    status: item.status,
    channels: viewChannels(item),
    attempts: item.attempts.map(viewAttempt),
    sent_at: item.sentAt === undefined ? undefined : rfc3339(item.sentAt),
    created_at: rfc3339(item.createdAt),
    updated_at: rfc3339(item.updatedAt),
    erased_at: item.erasedAt === undefined ? undefined : rfc3339(item.erasedAt),
    version: item.version,
  }) as NotificationView;
