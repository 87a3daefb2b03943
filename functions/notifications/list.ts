import type * as z from 'zod';
import * as app from '../../lib/app.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import type { Notification } from '../../lib/notifications/notification.ts';
import { notificationsQuery } from '../../lib/notifications/queries.ts';
import { notificationViewSchema, viewNotification } from '../../lib/notifications/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

/** Filters that no index serves: such a page may be short and still have a next one. */
const matcher =
  (filters: z.output<typeof notificationsQuery>) =>
  (item: Notification): boolean =>
    (filters.status === undefined || item.status === filters.status) &&
    (filters.due_after === undefined || item.sendAt >= filters.due_after) &&
    (filters.due_before === undefined || item.sendAt < filters.due_before);

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
    const { entity_id: entityId, notification_type: type } = request.query;
    const matches = matcher(request.query);
    return listReply(
      request,
      app.cursors(),
      (at) => app.notifications().list({ ...at, ...omitUndefined({ entityId, type }), matches }),
      viewNotification,
    );
  },
);
