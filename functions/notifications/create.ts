import * as app from '../../lib/app.ts';
import { created } from '../../lib/http/created.ts';
import { notificationReply } from '../../lib/http/notification-reply.ts';
import { newNotification } from '../../lib/http/openapi/request-examples.ts';
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
      example: newNotification,
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
