import * as app from '../../lib/app.ts';
import { PATCH_TYPES } from '../../lib/http/body.ts';
import { notificationParams, notificationReply } from '../../lib/http/notification-reply.ts';
import { DAY, record } from '../../lib/http/openapi/operation.ts';
import { notificationPatchSchema } from '../../lib/notifications/notification-patch.ts';
import { notificationViewSchema } from '../../lib/notifications/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: notificationParams,
    body: notificationPatchSchema,
    contentTypes: PATCH_TYPES,
    rules: (body) => app.notifications().editProblems(body),
    ifMatch: true,
    openapi: {
      operationId: 'rescheduleNotification',
      summary: 'Change a notification that was never claimed',
      description:
        'A JSON Merge Patch (RFC 7396) of what was given, validated as at creation; `null` removes. ' +
        '`send_at` replaces `target_date` and its lead, `endpoint_id` replaces `webhook_url`, and the reverse.',
      example: { target_date: `${DAY}T18:00:00`, lead_time_days: 3, subject: 'Your password expires in 3 days' },
      answers: { 200: record(notificationViewSchema, 'Changed') },
      problems: ['already-attempted', 'already-ended'],
    },
  },
  async ({ params: { id }, body: patch, ifMatch, tenant }) =>
    notificationReply(await app.notifications().edit({ id, tenant, patch, ...omitUndefined({ ifMatch }) })),
);
