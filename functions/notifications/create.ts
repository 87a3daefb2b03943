import * as app from '../../lib/app.ts';
import { idempotencyKeyOf } from '../../lib/http/idempotency-key.ts';
import { notificationReply } from '../../lib/http/notification-doors.ts';
import { newNotificationSchema } from '../../lib/notifications/notification.ts';
import { route } from '../../lib/route.ts';

export const handler = route(
  'notifications:write',
  { body: newNotificationSchema, status: 201 },
  async ({ body, headers, tenant }) => {
    const idempotencyKey = idempotencyKeyOf(headers);
    const { item, replayed } = await app
      .notifications()
      .create({ input: body, tenant, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    const reply = notificationReply(item);
    return {
      ...reply,
      headers: {
        ...reply.headers,
        location: `/api/v1/notifications/${item.id}`,
        ...(replayed && { 'idempotent-replayed': 'true' }),
      },
    };
  },
);
