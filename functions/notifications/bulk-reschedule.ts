import * as app from '../../lib/app.ts';
import { bulkRescheduleSchema } from '../../lib/bulk/command.ts';
import { bulkAnswers, bulkReply } from '../../lib/http/bulk-reply.ts';
import { DAY } from '../../lib/http/openapi/operation.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    body: bulkRescheduleSchema,
    rules: (body) => app.notifications().editProblems(body),
    idempotencyKey: 'replays',
    openapi: {
      operationId: 'rescheduleNotifications',
      summary: 'Moves what is open of an entity or a group to another time',
      description:
        'A job that covers what the lists show. Each keeps its own lead; what has the other form of timing is ' +
        '`not_applicable`, what had been claimed `too_late`.',
      example: { group: 'invoice:2027-0042', target_date: `${DAY}T18:00:00`, if_past: 'skip', dry_run: true },
      answers: bulkAnswers,
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const order = { kind: 'reschedule', input, tenant, ...omitUndefined({ idempotencyKey }) } as const;
    return bulkReply(input.dry_run ? { count: await app.bulk().count(order) } : await app.bulk().order(order));
  },
);
