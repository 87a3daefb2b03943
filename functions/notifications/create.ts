import * as app from '../../lib/app.ts';
import { created } from '../../lib/http/created.ts';
import { notificationReply } from '../../lib/http/notification-reply.ts';
import { DAY } from '../../lib/http/openapi/operation.ts';
import { newNotificationSchema } from '../../lib/notifications/notification.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    body: newNotificationSchema,
    rules: (body) => app.notifications().problems(body),
    idempotencyKey: 'replays',
    status: 201,
    openapi: {
      operationId: 'createNotification',
      summary: 'Create a notification',
      description: 'Give `target_date` or `send_at`, and at least one recipient.',
      example: {
        notification_type: 'password.expiry',
        entity_id: 'user-123',
        target_date: `${DAY}T09:00:00`,
        timezone: 'Europe/Berlin',
        lead_time_days: 7,
        email: 'user@example.com',
        phone: '+4915112345678',
        subject: 'Your password expires soon',
        body: 'Please choose a new password before it expires.',
        window: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', until: '20:00' },
        expires_after: 'P5D',
      },
      answers: {
        201: {
          description: 'Stored; delivery follows',
          schema: notificationViewSchema,
          headers: ['location', 'idempotent-replayed', 'etag'],
          links: ['getNotification', 'rescheduleNotification', 'cancelNotification', 'stopNotification'],
        },
      },
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const { item, replayed } = await app
      .notifications()
      .create({ input, tenant, ...omitUndefined({ idempotencyKey }) });
    return created(notificationReply(item), `/api/v1/notifications/${item.id}`, replayed);
  },
);
