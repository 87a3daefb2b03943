/** One occurrence as the notification that it is. */
import { type ChannelRecords, newChannel } from '../notifications/channel-record.ts';
import type { Due } from '../notifications/due-time.ts';
import { type Draft, type Notification, notificationFields } from '../notifications/notification.ts';
import { type Addresses, givenByChannel } from '../notifications/recipient.ts';
import { derivedId } from '../platform/random.ts';
import { CHANNEL_NAMES } from '../schema/channel-names.ts';
import { omit } from '../schema/omit.ts';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { rfc3339 } from '../schema/time.ts';
import { fromInput } from '../store/fields.ts';
import type { Content } from './content.ts';
import type { Occurrence, Schedule } from './schedule.ts';

type Owner = Pick<Schedule, 'id' | 'tenant' | 'timezone'>;

/** The same for every worker that makes it, and however often. */
export const occurrenceId = ({ tenant, id }: Owner, { revision, at }: Occurrence): string =>
  derivedId('ntf_', tenant, 'schedule', id, String(revision), rfc3339(at));

const addressesIn = (content: Content): Addresses => givenByChannel(content) as Addresses;

/** Due at its instant, also where that has passed: so late it is. */
export const draftOf = (schedule: Owner, occurrence: Occurrence, content: Content): { draft: Draft; due: Due } => ({
  draft: {
    ...fromInput(notificationFields, content),
    id: occurrenceId(schedule, occurrence),
    tenant: schedule.tenant,
    scheduleId: schedule.id,
    timing: omitUndefined({ send_at: rfc3339(occurrence.at), timezone: schedule.timezone }),
    to: addressesIn(content),
  },
  due: { sendAt: occurrence.at },
});

/** The fields that are stored as a client gave them. */
const givenKeys = Object.entries(notificationFields).flatMap(([key, row]) =>
  'input' in row ? [key as keyof Notification] : [],
);

/** An occurrence that was made of other content; its time stays. */
export const rewritten = (item: Notification, content: Content): Notification => {
  const to = addressesIn(content);
  const channels: ChannelRecords = Object.fromEntries(
    CHANNEL_NAMES.flatMap((name) => {
      const [channel, address] = [item.channels[name], to[name]];
      if (address === undefined) return [];
      if (address === channel?.to) return [[name, channel]];
      return [[name, newChannel(address, item.dueAt)]];
    }),
  );
  return { ...omit(item, ...givenKeys), ...fromInput(notificationFields, content), channels };
};
