/** What each occurrence of a schedule says, and to whom: a notification as clients give it, without times. */
import * as z from 'zod';
import { addressNames, alternatives } from '../channels/index.ts';
import type { ChannelRecords } from '../notifications/channel-record.ts';
import { notificationFields } from '../notifications/notification.ts';
import { addressesOf } from '../notifications/recipient.ts';
import { mergePatch, mergePatchShape } from '../schema/merge-patch.ts';
import { createShape, viewShape } from '../store/fields.ts';

/** What the schedule says itself; `if_past` is its `misfire`. */
const OF_THE_SCHEDULE = ['target_date', 'lead_time_days', 'send_at', 'timezone', 'if_past'] as const;
/** They place an occurrence in its lists, so that they stay as they are, as those of a notification. */
const FIXED = ['notification_type', 'entity_id'] as const;

const without = <S extends object, K extends string>(shape: S, names: readonly K[]): Omit<S, K> =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => !names.includes(name as K))) as Omit<S, K>;

const shape = without(createShape(notificationFields), OF_THE_SCHEDULE);

export const contentSchema = z.strictObject(shape).meta({
  id: 'ScheduledNotification',
  description: 'As `POST /api/v1/notifications/` takes it, without the times: each occurrence is one of these.',
  allOf: [
    { anyOf: addressNames.map((name) => ({ required: [name] })) },
    ...alternatives.map((names) => ({ not: { required: names } })),
  ],
});
/** As it is stored: addresses are in normal form. */
export type Content = z.output<typeof contentSchema>;

/** Merged (RFC 7396): what is absent stays, `null` removes. */
export const contentPatchSchema = z
  .strictObject(mergePatchShape(without(shape, FIXED)), {
    error: ({ code }) => (code === 'unrecognized_keys' ? 'is not known, or cannot be changed' : undefined),
  })
  .meta({ id: 'ScheduledNotificationPatch' });
export type ContentPatch = z.output<typeof contentPatchSchema>;

/** An address takes the place of its channel's other one. */
export const mergeContent = (content: Content | undefined, patch: ContentPatch): unknown => {
  const replaced = alternatives.flatMap((pair) => {
    const given = pair.filter((name) => (patch[name] ?? undefined) !== undefined);
    return given.length === 1 ? pair.filter((name) => name !== given[0]) : [];
  });
  return mergePatch(content, { ...Object.fromEntries(replaced.map((name) => [name, null])), ...patch });
};

/** With its addresses in normal form, which are those that the notifications get. */
export const normalized = (content: Content, channels: ChannelRecords): Content => ({
  ...content,
  ...addressesOf(channels),
});

const shown = viewShape(notificationFields);
const names = Object.keys(shape).filter((name) => name in shown);
/** The members as a notification shows them. */
export const contentView = z
  .object(Object.fromEntries(names.map((name) => [name, z.optional(shown[name as keyof typeof shown])])))
  .meta({ id: 'ScheduledNotificationView', description: 'What each occurrence is made of; gone once it is deleted.' });
