import * as app from '../../lib/app.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { clock } from '../../lib/platform/clock.ts';
import { schedulesQuery } from '../../lib/schedules/queries.ts';
import { scheduleViewSchema, viewSchedule } from '../../lib/schedules/view.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    query: schedulesQuery,
    openapi: {
      operationId: 'listSchedules',
      summary: 'Schedules, newest first',
      answers: { 200: page(scheduleViewSchema) },
    },
  },
  (request) =>
    listReply(
      request,
      app.cursors(),
      (at) => app.schedules().list(at),
      (schedule) => viewSchedule(schedule, clock.now()),
    ),
);
