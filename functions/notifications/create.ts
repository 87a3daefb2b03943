import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { notificationReply } from '../../lib/http/notification-doors.ts';
import { newNotificationSchema } from '../../lib/notifications/notification.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route(
  'notifications:write',
  {
    body: newNotificationSchema,
    rules: (body) => app.notifications().problems(body),
    idempotencyKey: true,
    status: 201,
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const { item, replayed } = await app.notifications().create({ input, tenant, ...given({ idempotencyKey }) });
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
