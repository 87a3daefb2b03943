import * as app from '../../lib/app.ts';
import { clock } from '../../lib/platform/clock.ts';
import { previewSchedule } from '../../lib/schedules/preview.ts';
import { previewSchema } from '../../lib/schedules/schedule.ts';
import { previewViewSchema } from '../../lib/schedules/view.ts';
import { rfc3339 } from '../../lib/schema/time.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    body: previewSchema,
    openapi: {
      operationId: 'previewSchedule',
      summary: 'When a schedule would occur; nothing is stored',
      example: { cron: '0 9 L * *', timezone: 'Europe/Berlin' },
      answers: { 200: { description: 'The next occurrences', schema: previewViewSchema } },
    },
  },
  ({ body }) => ({ body: { next_occurrences: previewSchedule(body, clock.now()).map(rfc3339) } }),
);
