import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { redriveJobViewSchema, redriveSchema, viewRedriveJob } from '../../lib/dead-letters/redrive-job.ts';
import { created } from '../../lib/http/created.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

const countSchema = z.object({ matched: z.int() }).meta({ id: 'RedriveCount' });

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    body: redriveSchema,
    idempotencyKey: 'replays',
    openapi: {
      operationId: 'redriveDeadLetters',
      summary: 'Redrive the dead letters that match, each once',
      example: { kind: 'delivery', notification_type: 'password.expiry', dry_run: true, per_second: 50 },
      answers: {
        200: { description: 'With dry_run: how many match', schema: countSchema },
        202: {
          description: 'The job',
          schema: redriveJobViewSchema,
          headers: ['location', 'idempotent-replayed'],
          links: ['getRedriveJob', 'getJob', 'cancelJob'],
        },
      },
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    if (input.dry_run) return { body: { matched: await app.deadLetters().match({ input, tenant }) } };
    const { job, replayed } = await app.deadLetters().redrive({ input, tenant, ...omitUndefined({ idempotencyKey }) });
    return created({ status: 202, body: viewRedriveJob(job) }, `/api/v1/dead-letters/redrive/${job.id}`, replayed);
  },
);
