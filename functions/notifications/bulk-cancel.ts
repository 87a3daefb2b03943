import * as app from '../../lib/app.ts';
import { bulkCancelSchema } from '../../lib/bulk/command.ts';
import { bulkAnswers, bulkReply } from '../../lib/http/bulk-reply.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    body: bulkCancelSchema,
    idempotencyKey: 'replays',
    openapi: {
      operationId: 'cancelNotifications',
      summary: 'Cancels what is open of an entity or a group, now and later by older events',
      description:
        'A job. Once it is DONE, 15 s later at the least, nothing more is sent of what matches and was accepted by `as_of`, ' +
        'nor of what events accepted by then cause later; except what had been claimed, which is `too_late`.',
      example: { group: 'invoice:2027-0042', notification_type: 'payment.failed', dry_run: true },
      answers: bulkAnswers,
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const order = { kind: 'cancel', input, tenant, ...omitUndefined({ idempotencyKey }) } as const;
    return bulkReply(input.dry_run ? { count: await app.bulk().count(order) } : await app.bulk().order(order));
  },
);
