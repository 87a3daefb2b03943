/** What the state machine refuses, as the error that a client sees. */
import { ServiceError } from '../errors.ts';
import { viewChannels } from './channel-record.ts';
import type { Notification } from './notification.ts';
import type { Refused } from './state/client-commands.ts';

const TEXTS: Record<Refused['refused'], string> = {
  'already-attempted': 'Delivery has been claimed for sending already',
  'already-ended': 'The notification has ended already',
  'not-failed': 'Only a FAILED notification with a failed channel can be retried',
};

const LATE = {
  expired: 'The notification has expired, and nothing of it is sent any more',
  window: 'Its window is closed and drops what is outside, so that it can be retried only while that is open',
};

/**
 * Every 409 carries the state that forbids it. `status` of a problem document is the HTTP status,
 * so ours has its own name.
 */
const refusal = ({ refused, because }: Refused, item: Notification): ServiceError =>
  new ServiceError(refused, `${because ? LATE[because] : TEXTS[refused]}; it is ${item.status}`, {
    extensions: { notification_status: item.status, channels: viewChannels(item) },
  });

/** The step. Throws the refusal. */
export const accepted = <T extends object | undefined>(item: Notification, decided: T | Refused): T => {
  if (decided && 'refused' in decided) throw refusal(decided, item);
  return decided as T;
};
