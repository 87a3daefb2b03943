import * as app from '../../lib/app.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-doors.ts';
import { route } from '../../lib/http.ts';

export const handler = route({ params: notificationParams }, async ({ params: { id }, tenant }) =>
  notificationReply(await app.notifications().cancel({ id, tenant })),
);
