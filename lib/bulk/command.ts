/** What a client asks for: of an entity or a group, cancel what is open, or move it to another time. */
import * as z from 'zod';
import { ifPast, timingFields } from '../notifications/notification.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { shortText, typeName } from '../schema/text.ts';
import { inOrder, timeMember } from '../schema/time-schemas.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';

/** Which notifications. At least one of `entityId` and `group` is there; times are epoch ms. */
export interface Selector {
  entityId?: string;
  group?: string;
  type?: string;
  /** Inclusive. */
  dueAfter?: number;
  /** Exclusive. */
  dueBefore?: number;
}

const selectorFields = {
  entity_id: shortText(256)
    .optional()
    .meta({ description: 'Notifications about this entity.', examples: ['user-123'] }),
  group: shortText(256)
    .optional()
    .meta({
      description: 'Notifications of this group; with `entity_id`, those of both.',
      examples: ['invoice:2027-0042'],
    }),
  notification_type: typeName.optional().meta({ description: 'Of this type alone.' }),
  due_after: timeMember.optional().meta({ description: 'Due at or after.' }),
  due_before: timeMember.optional().meta({ description: 'Due before.' }),
  dry_run: z.boolean().optional().meta({ description: 'Only count.' }),
};

interface Selecting {
  entity_id?: string | undefined;
  group?: string | undefined;
  notification_type?: string | undefined;
  due_after?: number | undefined;
  due_before?: number | undefined;
}

const namesSome = {
  path: ['entity_id'],
  message: 'is required, or group is: a bulk command names an entity or a group',
  ...evenIfMembersAreWrong,
};
const namesAny = ({ entity_id, group }: Selecting): boolean => entity_id !== undefined || group !== undefined;

const SELECTS = { anyOf: [{ required: ['entity_id'] }, { required: ['group'] }] };

export const bulkCancelSchema = z
  .strictObject(selectorFields)
  .refine(namesAny, namesSome)
  .refine(...inOrder('due_after', 'due_before'))
  .meta({ id: 'BulkCancel', allOf: [SELECTS] });
export type BulkCancel = z.output<typeof bulkCancelSchema>;

const TIMES = ['target_date', 'lead_time_days', 'send_at', 'timezone'] as const;

export const bulkRescheduleSchema = z
  .strictObject({
    ...selectorFields,
    ...timingFields,
    if_past: ifPast.meta({
      description: 'As of a notification, and kept: what to do with one whose new time to send has passed already.',
    }),
  })
  .refine(namesAny, namesSome)
  .refine(...inOrder('due_after', 'due_before'))
  .refine((body) => TIMES.some((name) => body[name] !== undefined), {
    path: ['target_date'],
    message: `is required, or one of ${TIMES.slice(1).join(', ')} is`,
    ...evenIfMembersAreWrong,
  })
  .meta({
    id: 'BulkReschedule',
    allOf: [
      SELECTS,
      { anyOf: TIMES.map((name) => ({ required: [name] })) },
      ...['target_date', 'lead_time_days'].map((name) => ({ not: { required: ['send_at', name] } })),
    ],
  });
export type BulkReschedule = z.output<typeof bulkRescheduleSchema>;

/** The new time of a bulk reschedule, as a PATCH. */
export type TimePatch = Pick<BulkReschedule, (typeof TIMES)[number] | 'if_past'>;

export const selectorOf = (body: Selecting): Selector => {
  const { entity_id: entityId, group, notification_type: type, due_after: dueAfter, due_before: dueBefore } = body;
  return omitUndefined({ entityId, group, type, dueAfter, dueBefore });
};

export const timePatchOf = ({ target_date, lead_time_days, send_at, timezone, if_past }: BulkReschedule): TimePatch =>
  omitUndefined({ target_date, lead_time_days, send_at, timezone, if_past }) as TimePatch;
