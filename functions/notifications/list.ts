import { z } from 'zod';
import * as app from '../../lib/app.ts';
import { given } from '../../lib/given.ts';
import { route } from '../../lib/http.ts';
import { type Notification, STATUSES } from '../../lib/notification.ts';
import { viewNotification } from '../../lib/notification-view.ts';
import { listReply, pagingQuery, timeQuery } from '../../lib/paging.ts';

const query = z.object({
  ...pagingQuery,
  status: z.enum(STATUSES).optional(),
  entity_id: z.string().optional(),
  notification_type: z.string().optional(),
  due_after: timeQuery.meta({ description: 'Due at or after.' }),
  due_before: timeQuery.meta({ description: 'Due before.' }),
});
type Filters = z.output<typeof query>;

/** What no index serves is filtered from what the index gave: such a page may be short, with a way on. */
const matches =
  ({ status, due_after = Number.NEGATIVE_INFINITY, due_before = Number.POSITIVE_INFINITY }: Filters) =>
  (item: Notification): boolean =>
    (status === undefined || item.status === status) && item.sendAt >= due_after && item.sendAt < due_before;

export const handler = route({ query }, (request) => {
  const { entity_id: entityId, notification_type: type } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.notifications().list({ ...at, ...given({ entityId, type }), matches: matches(request.query) }),
    viewNotification,
  );
});
