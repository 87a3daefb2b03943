import * as app from '../../lib/app.ts';
import { route } from '../../lib/http.ts';
import { notificationParams, notificationReply } from '../../lib/notification-doors.ts';

export const handler = route({ params: notificationParams }, async ({ params: { id }, tenant }) =>
  notificationReply(await app.notifications().cancel({ id, tenant })),
);
