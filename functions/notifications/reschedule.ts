import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-doors.ts';
import { rescheduleSchema } from '../../lib/notifications/notification.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route(
  'notifications:write',
  {
    params: notificationParams,
    body: rescheduleSchema,
    rules: (body) => app.notifications().rescheduleProblems(body),
  },
  async ({ params: { id }, body, headers, tenant }) => {
    const ifMatch = headers['if-match'];
    const patch = given(body);
    return notificationReply(await app.notifications().reschedule({ id, tenant, patch, ...given({ ifMatch }) }));
  },
);
