/** The noun: something that happened, as a producer says it, as it is stored, as a client sees it. */
import * as z from 'zod';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import { given } from '../schema/omit-undefined.ts';
import { shortText } from '../schema/text.ts';
import { parseTime, rfc3339 } from '../schema/time.ts';

/** Our own ids: what is none of them cannot be an event. */
export const EVENT_ID = /^evt_[0-9a-z]{26}$/;
export const DEFAULT_SOURCE = 'api';
export const EVENT_STATUSES = ['ACCEPTED', 'PROCESSED', 'REJECTED'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Wider than a notification's type: CloudEvents producers write `com.example.User.Signup`. */
export const eventType = z
  .string()
  .max(128, 'must be at most 128 characters')
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, 'must be letters, digits and . _ / - and start with a letter or digit')
  .meta({ description: `Known: ${KNOWN_TYPES.join(', ')}; others are accepted.`, examples: ['user.signup'] });
export const eventSource = shortText(256);
export const eventId = shortText(256);
export const eventSubject = shortText(256);
export const payloadSchema = z.record(z.string(), z.unknown());

export const newEventSchema = z
  .strictObject({
    type: eventType,
    payload: payloadSchema.meta({ examples: [{ user_id: 123, email: 'user@example.com' }] }),
    id: eventId.optional().meta({
      description: "The producer's own id, unique within `source`: publishing it again changes nothing.",
    }),
    source: eventSource.optional().meta({ description: `Where it happened. Default ${DEFAULT_SOURCE}.` }),
    subject: eventSubject.optional().meta({ description: 'What it happened to, within the source.' }),
    time: z
      .string()
      .max(64, 'must be at most 64 characters')
      .refine((text) => parseTime(text) !== undefined, 'must be an RFC 3339 time that exists in the calendar')
      .optional()
      .meta({ description: 'When it happened. Default: when it was accepted.', examples: ['2027-06-01T09:00:00Z'] }),
  })
  .meta({ id: 'NewEvent' });

/** What a CloudEvent may carry beyond our own fields: its extension attributes and `dataschema`. */
export type Extensions = Record<string, string | number | boolean>;
export type NewEvent = z.output<typeof newEventSchema> & { extensions?: Extensions };

/** The one item that is the truth. Times are epoch ms, business time unless said otherwise. */
export interface Event {
  id: string;
  tenant: string;
  /** Which partition of its lists holds it, from creation on; absent: the first. The store's own. */
  partition?: number;
  type: string;
  source: string;
  /** The id that the producer gave. */
  sourceId?: string;
  subject?: string;
  /** When it happened. */
  time: number;
  payload: Record<string, unknown>;
  extensions?: Extensions;
  status: EventStatus;
  /** Why it was rejected: short, public, free of personal data. */
  reason?: string;
  /** The ids of the notifications it caused. */
  notifications: string[];
  /** The mark: when the reconciler looks next. There from the first write until the processing is recorded. */
  nextCheckAt?: number;
  /** Looks of the reconciler since the last progress: its back-off. */
  checks: number;
  /** How often the pipeline gave a message of this event up. */
  returns: number;
  /** When it was accepted. */
  createdAt: number;
  updatedAt: number;
  /** When it was processed or rejected. */
  endedAt?: number;
  /** Epoch seconds; absent while unprocessed, and while a notification it caused is open. */
  expiresAt?: number;
  /** When it was first rejected; a redrive keeps it. */
  firstFailedAt?: number;
  redrivenAt?: number;
  /** When its content was erased, and by which job: it is a tombstone since. */
  erasedAt?: number;
  erasedBy?: string;
  /** SHA-256 of the content as given, before defaults, where the id derives from what was given. */
  fingerprint?: string;
  /**
   * The sampled trace that published it, as a `traceparent`: what is done long afterwards links to
   * it.
   */
  trace?: string;
  /** Random per write: how a write recognises its own success. */
  writeId: string;
}

const time = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

export const eventViewSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    source: z.string(),
    source_id: z.string().optional().meta({ description: 'The id that the producer gave.' }),
    subject: z.string().optional(),
    time,
    payload: payloadSchema,
    extensions: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({ description: 'Further attributes of a CloudEvent, as given.' }),
    created_at: time,
    erased_at: time.optional().meta({ description: 'Its content was erased: what is left is a tombstone.' }),
    status: z.enum(EVENT_STATUSES).meta({ id: 'EventStatus' }),
    reason: z.string().optional().meta({ description: 'Why it was rejected.' }),
    notifications: z
      .array(z.string())
      .optional()
      .meta({ description: 'Ids of the notifications it caused; only where one event is read.' }),
  })
  .meta({ id: 'Event' });
export type EventView = z.output<typeof eventViewSchema>;

export const viewEvent = (event: Event, options: { notifications?: boolean } = {}): EventView => ({
  id: event.id,
  type: event.type,
  source: event.source,
  ...given({ source_id: event.sourceId, subject: event.subject, extensions: event.extensions, reason: event.reason }),
  time: rfc3339(event.time),
  payload: event.payload,
  created_at: rfc3339(event.createdAt),
  ...(event.erasedAt !== undefined && { erased_at: rfc3339(event.erasedAt) }),
  status: event.status,
  ...(options.notifications && { notifications: event.notifications }),
});
