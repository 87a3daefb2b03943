import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params: notificationParams,
    openapi: {
      operationId: 'getNotification',
      summary: 'Get one notification, with the state of each channel and its attempts',
      answers: { 200: record(notificationViewSchema) },
    },
  },
  async ({ params: { id }, tenant }) => notificationReply(await app.notifications().get({ id, tenant })),
);
