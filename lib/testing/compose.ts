import type { OutgoingMessage } from '../channels/channel.ts';
import type { Notification } from '../notifications/notification.ts';

/** A message without content. */
export const composeBlank = (
  { id, tenant }: Pick<Notification, 'id' | 'tenant'>,
  _channel: string,
  to: string,
): OutgoingMessage => ({ notificationId: id, tenant, to, subject: '', body: '', payload: '' });
