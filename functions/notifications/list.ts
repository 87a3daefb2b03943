import * as app from '../../lib/app.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { matcherOf, notificationsQuery } from '../../lib/notifications/queries.ts';
import { notificationViewSchema, viewNotification } from '../../lib/notifications/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    query: notificationsQuery,
    openapi: {
      operationId: 'listNotifications',
      summary: 'List notifications, newest first',
      description: 'With `status` or a due window a page may be short and still have a next one.',
      answers: { 200: page(notificationViewSchema) },
    },
  },
  (request) => {
    const { entity_id: entityId, group, notification_type: type } = request.query;
    const matches = matcherOf(request.query);
    return listReply(
      request,
      app.cursors(),
      (at) => app.notifications().list({ ...at, ...omitUndefined({ entityId, group, type }), matches }),
      viewNotification,
    );
  },
);
