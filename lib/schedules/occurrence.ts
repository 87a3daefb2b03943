/** One occurrence as the notification that it is. */
import { fromInput } from '../store/fields.ts';
import type { Due } from '../notifications/due-time.ts';
import { type Draft, notificationFields } from '../notifications/notification.ts';
import { type Addresses, givenByChannel } from '../notifications/recipient.ts';
import { derivedId } from '../platform/random.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { rfc3339 } from '../schema/time.ts';
import type { Occurrence, Schedule } from './schedule.ts';

/** Whoever makes it, and however often, it has this id. */
export const occurrenceId = (
  { tenant, id }: Pick<Schedule, 'id' | 'tenant'>,
  { revision, at }: Pick<Occurrence, 'revision' | 'at'>,
): string => derivedId('ntf_', tenant, 'schedule', id, String(revision), rfc3339(at));

/** It is due at its instant, also where that has passed: so late it is. */
export const draftOf = (
  schedule: Schedule,
  occurrence: Occurrence,
): { draft: Draft; due: Due } | undefined => {
  const { content, timezone } = schedule;
  if (!content) return undefined;
  const draft: Draft = {
    ...fromInput(notificationFields, content),
    id: occurrenceId(schedule, occurrence),
    tenant: schedule.tenant,
    scheduleId: schedule.id,
    timing: omitUndefined({ send_at: rfc3339(occurrence.at), timezone }),
    to: givenByChannel(content) as Addresses,
  };
  return { draft, due: { sendAt: occurrence.at } };
};
