import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: notificationParams,
    openapi: {
      operationId: 'stopNotification',
      summary: 'Stop further attempts',
      answers: { 200: record(notificationViewSchema) },
      problems: ['already-ended'],
    },
  },
  async ({ params: { id }, tenant }) => notificationReply(await app.notifications().stop({ id, tenant })),
);
