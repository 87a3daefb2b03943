import * as app from '../../lib/app.ts';
import { created } from '../../lib/http/created.ts';
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
      example: {
        cron: '0 9 * * mon-fri',
        timezone: 'Europe/Berlin',
        notification: {
          notification_type: 'custom',
          entity_id: 'team-7',
          email: 'team@example.com',
          subject: 'Open tickets',
          body: 'Please look at your open tickets.',
        },
      },
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
