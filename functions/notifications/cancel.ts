import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-doors.ts';

export const handler = route(
  'notifications:write',
  { params: notificationParams },
  async ({ params: { id }, tenant }) => notificationReply(await app.notifications().cancel({ id, tenant })),
);
