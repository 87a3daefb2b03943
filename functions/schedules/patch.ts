import * as app from '../../lib/app.ts';
import { PATCH_TYPES } from '../../lib/http/body.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { scheduleParams, scheduleReply } from '../../lib/http/schedule-reply.ts';
import { schedulePatchSchema } from '../../lib/schedules/schedule.ts';
import { scheduleViewSchema } from '../../lib/schedules/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: scheduleParams,
    body: schedulePatchSchema,
    contentTypes: PATCH_TYPES,
    ifMatch: true,
    openapi: {
      operationId: 'patchSchedule',
      summary: 'Change, pause or resume a schedule; null removes',
      description:
        'A JSON Merge Patch (RFC 7396). New timing, and `paused`, cancel the occurrence that is planned; a new `notification` changes it. `pending` says what became of it. ' +
        'New timing and resuming begin now: nothing that was paused counts as missed.',
      example: { cron: '30 8 * * mon-fri', notification: { subject: 'Open tickets of your team' } },
      answers: { 200: record(scheduleViewSchema, 'Changed') },
      problems: ['limit-reached'],
    },
  },
  async ({ params: { id }, body: patch, ifMatch, tenant }) =>
    scheduleReply(await app.schedules().patch({ id, tenant, patch, ...omitUndefined({ ifMatch }) })),
);
