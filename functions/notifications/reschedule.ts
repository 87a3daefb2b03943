import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { DAY, record } from '../../lib/http/openapi/operation.ts';
import { rescheduleSchema } from '../../lib/notifications/notification.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: notificationParams,
    body: rescheduleSchema,
    rules: (body) => app.notifications().rescheduleProblems(body),
    ifMatch: true,
    openapi: {
      operationId: 'rescheduleNotification',
      summary: 'Reschedule a notification that was never claimed',
      example: { target_date: `${DAY}T18:00:00`, lead_time_days: 3 },
      answers: { 200: record(notificationViewSchema, 'Rescheduled') },
      problems: ['already-attempted', 'already-ended'],
    },
  },
  async ({ params: { id }, body, ifMatch, tenant }) => {
    const patch = omitUndefined(body);
    return notificationReply(
      await app.notifications().reschedule({ id, tenant, patch, ...omitUndefined({ ifMatch }) }),
    );
  },
);
