/** The noun: something that happened, as a producer says it, as it is stored, as a client sees it. */
import * as z from 'zod';
import { parseStoredJson } from '../schema/exact-number.ts';
import { idPattern } from '../schema/ids.ts';
import { KNOWN_TYPES } from '../schema/notification-types.ts';
import { shortText } from '../schema/text.ts';
import { rfc3339 } from '../schema/time.ts';
import { erasedAtView, timeView } from '../schema/time-view.ts';
import { unlessNamed } from '../store/erased.ts';
import {
  field,
  inKeys,
  input,
  jsonText,
  list,
  makeView,
  optional,
  PERSONAL,
  PLAIN,
  required,
  type Stored,
  shown,
  viewShape,
} from '../store/fields.ts';
import { recordFields } from '../store/record-fields.ts';

export const EVENT_ID = idPattern('evt_');
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

/** What a CloudEvent may carry beyond our own fields: its extension attributes and `dataschema`. */
export type Extensions = Record<string, string | number | boolean>;

/** In the order of the view. Times are epoch ms, business time unless said otherwise. */
export const eventFields = {
  id: field(required<string>('id'), PLAIN, shown('id', z.string())),
  tenant: field(inKeys<string>(), PLAIN),
  /** Which partition of its lists holds it, from creation on; absent: the first. The store's own. */
  partition: field(inKeys<number | undefined>(), PLAIN),
  type: field(required<string>('type'), PLAIN, { ...input('type', eventType), ...shown('type', z.string()) }),
  source: field(
    inKeys<string>(),
    { isEncrypted: false, erasure: unlessNamed },
    {
      create: { source: eventSource.optional().meta({ description: `Where it happened. Default ${DEFAULT_SOURCE}.` }) },
      ...shown('source', z.string()),
    },
  ),
  /** The id that the producer gave. */
  sourceId: field(
    optional<string>('source_id'),
    { isEncrypted: true, erasure: (id, by) => (by.names(id) ? undefined : id) },
    {
      ...input(
        'id',
        eventId.optional().meta({
          description: "The producer's own id, unique within `source`: publishing it again changes nothing.",
        }),
      ),
      ...shown('source_id', z.string().optional().meta({ description: 'The id that the producer gave.' })),
    },
  ),
  subject: field(optional<string>('subject'), PERSONAL, {
    ...input('subject', eventSubject.optional().meta({ description: 'What it happened to, within the source.' })),
    ...shown('subject', z.string().optional()),
  }),
  extensions: field(
    jsonText<Extensions | undefined>('extensions'),
    PERSONAL,
    shown(
      'extensions',
      z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .meta({ description: 'Further attributes of a CloudEvent, as given.' }),
    ),
  ),
  /** Why it was rejected: short, public, free of personal data. */
  reason: field(
    optional<string>('reason'),
    PLAIN,
    shown('reason', z.string().optional().meta({ description: 'Why it was rejected.' })),
  ),
  /** When it happened. */
  time: field(required<number>('time'), PLAIN, shown('time', timeView, rfc3339)),
  payload: field(
    jsonText<Record<string, unknown>>('payload', parseStoredJson),
    { isEncrypted: true, erasure: () => ({}) },
    {
      ...input('payload', payloadSchema.meta({ examples: [{ user_id: 123, email: 'user@example.com' }] })),
      ...shown('payload', payloadSchema),
    },
  ),
  /** When it was accepted. */
  createdAt: field(inKeys<number>(), PLAIN, shown('created_at', timeView, rfc3339)),
  /** When its content was erased, and by which job: since then it is a tombstone. */
  erasedAt: field(optional<number>('erased_at'), PLAIN, shown('erased_at', erasedAtView, rfc3339)),
  status: field(
    required<EventStatus>('status'),
    PLAIN,
    shown('status', z.enum(EVENT_STATUSES).meta({ id: 'EventStatus' })),
  ),
  /** The ids of the notifications it caused. */
  notifications: field(
    list<string>('notifications'),
    PLAIN,
    shown(
      'notifications',
      z
        .array(z.string())
        .optional()
        .meta({ description: 'Ids of the notifications it caused; only where one event is read.' }),
    ),
  ),
  updatedAt: field(required<number>('updated_at'), PLAIN),
  ...recordFields,
};

/** The one item that decides. */
export interface Event extends Stored<typeof eventFields> {}

export const eventViewSchema = z.object(viewShape(eventFields)).meta({ id: 'Event' });
export type EventView = z.output<typeof eventViewSchema>;

const view = makeView(eventFields);

export const viewEvent = (event: Event, options: { notifications?: boolean } = {}): EventView => {
  const { notifications, ...rest } = view(event);
  return options.notifications ? { ...rest, notifications } : rest;
};
