import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: notificationParams,
    status: 202,
    openapi: {
      operationId: 'retryNotification',
      summary: 'Retry the failed channels, by a new round of the retry schedule',
      answers: { 202: record(notificationViewSchema) },
      problems: ['not-failed'],
    },
  },
  async ({ params: { id }, tenant }) => notificationReply(await app.notifications().retry({ id, tenant })),
);
