import type { OutgoingMessage } from '../../channels/channel.ts';
import type { ChannelName } from '../../schema/channel-names.ts';
import type { Notification } from '../notification.ts';
import { render, webhookPayload } from './template.ts';

/** What is said: a function of the item alone, so that every attempt says the same bytes. */
export const compose = (item: Notification, channel: ChannelName, to: string): OutgoingMessage => {
  const { subject, body } = render(item);
  const message = { notificationId: item.id, tenant: item.tenant, to, subject, body, dueAt: item.sendAt };
  if (channel !== 'webhook') return { ...message, payload: '' };
  return { ...message, payload: webhookPayload({ ...item, notificationId: item.id, subject, body }) };
};
