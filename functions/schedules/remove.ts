import * as app from '../../lib/app.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { scheduleParams, scheduleReply } from '../../lib/http/schedule-reply.ts';
import { scheduleViewSchema } from '../../lib/schedules/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: scheduleParams,
    openapi: {
      operationId: 'deleteSchedule',
      summary: 'Delete a schedule, and cancel the occurrence that is planned',
      description:
        '`pending` says what became of that one: `canceled` is never sent, `too_late` had been claimed for sending. Repeating it repeats the answer. ' +
        'Earlier occurrences are notifications of their own and go on.',
      answers: { 200: record(scheduleViewSchema, 'Deleted') },
    },
  },
  async ({ params: { id }, tenant }) => scheduleReply(await app.schedules().remove({ id, tenant })),
);
