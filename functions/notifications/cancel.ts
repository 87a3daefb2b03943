import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: notificationParams,
    openapi: {
      operationId: 'cancelNotification',
      summary: 'Cancel a notification: 200 means it was never attempted and never will be',
      answers: { 200: record(notificationViewSchema) },
      problems: ['already-attempted', 'already-ended'],
    },
  },
  async ({ params: { id }, tenant }) => notificationReply(await app.notifications().cancel({ id, tenant })),
);
