/** What a client sees of a notification. */
import * as z from 'zod';
import { makeView, viewShape } from '../store/fields.ts';
import { notificationFields } from './notification.ts';

export const notificationViewSchema = z.object(viewShape(notificationFields)).meta({ id: 'Notification' });
export type NotificationView = z.output<typeof notificationViewSchema>;

export const viewNotification = makeView(notificationFields);
