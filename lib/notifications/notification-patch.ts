/** What a PATCH may change, by the rows of the noun. Apart from them: what delivers needs none of it. */
import * as z from 'zod';
import { alternatives } from '../channels/index.ts';
import { mergePatchShape } from '../schema/merge-patch.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';
import { createShape } from '../store/fields.ts';
import { notificationFields } from './notification.ts';

const { notification_type: _, entity_id: __, ...editable } = createShape(notificationFields);

/** Both are given, where `null` gives none. */
const together = (names: readonly string[]) => ({
  required: [...names],
  properties: Object.fromEntries(names.map((name) => [name, { not: { type: 'null' as const } }])),
});

/** Merged over what was given (RFC 7396): all members of a create but the type and the entity. */
export const notificationPatchSchema = z
  .strictObject(mergePatchShape(editable), {
    error: ({ code }) => (code === 'unrecognized_keys' ? 'is not known, or cannot be changed' : undefined),
  })
  .refine((patch) => Object.keys(patch).length > 0, { message: 'must change something', ...evenIfMembersAreWrong })
  .meta({
    id: 'NotificationPatch',
    minProperties: 1,
    allOf: [['send_at', 'target_date'], ['send_at', 'lead_time_days'], ...alternatives].map((names) => ({
      not: together(names),
    })),
  });
export type NotificationPatch = z.output<typeof notificationPatchSchema>;
