import type * as z from 'zod';
import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { listReply } from '../../lib/http/paging.ts';
import type { Notification } from '../../lib/notifications/notification.ts';
import { notificationsQuery } from '../../lib/notifications/queries.ts';
import { viewNotification } from '../../lib/notifications/view.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

/** What no index serves is filtered from what the index gave: such a page may be short, with a way on. */
const matcher =
  (filters: z.output<typeof notificationsQuery>) =>
  (item: Notification): boolean =>
    (filters.status === undefined || item.status === filters.status) &&
    (filters.due_after === undefined || item.sendAt >= filters.due_after) &&
    (filters.due_before === undefined || item.sendAt < filters.due_before);

export const handler = route('notifications:read', { query: notificationsQuery }, (request) => {
  const { entity_id: entityId, notification_type: type } = request.query;
  const matches = matcher(request.query);
  return listReply(
    request,
    app.cursors(),
    (at) => app.notifications().list({ ...at, ...given({ entityId, type }), matches }),
    viewNotification,
  );
});
