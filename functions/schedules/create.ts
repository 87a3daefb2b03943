import * as app from '../../lib/app.ts';
import { created } from '../../lib/http/created.ts';
import { newSchedule } from '../../lib/http/openapi/request-examples.ts';
import { scheduleReply } from '../../lib/http/schedule-reply.ts';
import { newScheduleSchema } from '../../lib/schedules/schedule.ts';
import { scheduleViewSchema } from '../../lib/schedules/view.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    body: newScheduleSchema,
    rules: (body) => app.schedules().problems(body),
    idempotencyKey: 'replays',
    status: 201,
    openapi: {
      operationId: 'createSchedule',
      summary: 'Create a schedule: one notification after the other',
      description:
        'Its occurrences are ordinary notifications, each made when the one before it is due, the first one now. There is at most one in 5 minutes.',
      example: newSchedule,
      answers: {
        201: {
          description: 'Stored, its first occurrence planned',
          schema: scheduleViewSchema,
          headers: ['location', 'idempotent-replayed', 'etag'],
          links: ['getSchedule', 'patchSchedule', 'deleteSchedule'],
        },
      },
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const { schedule, replayed } = await app
      .schedules()
      .create({ input, tenant, ...omitUndefined({ idempotencyKey }) });
    return created(scheduleReply(schedule), `/api/v1/schedules/${schedule.id}`, replayed);
  },
);
