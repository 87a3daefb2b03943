import * as app from '../../lib/app.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { scheduleParams, scheduleReply } from '../../lib/http/schedule-reply.ts';
import { scheduleViewSchema } from '../../lib/schedules/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params: scheduleParams,
    openapi: {
      operationId: 'getSchedule',
      summary: 'One schedule with its next occurrences',
      answers: { 200: record(scheduleViewSchema) },
    },
  },
  async ({ params: { id }, tenant }) => scheduleReply(await app.schedules().get({ id, tenant })),
);
