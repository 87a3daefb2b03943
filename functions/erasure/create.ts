import * as app from '../../lib/app.ts';
import { erasureJobViewSchema, erasureSchema, viewErasureJob } from '../../lib/erasure/erasure-job.ts';
import { created } from '../../lib/http/created.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    body: erasureSchema,
    rules: (body) => app.erasure().problems(body),
    idempotencyKey: 'checked',
    status: 202,
    openapi: {
      operationId: 'erasePerson',
      summary: 'Erase what is stored about one recipient or entity',
      description:
        'Everything of the tenant that was accepted before the order: what is still open is canceled, or stopped after the attempt in flight; recipients, texts, data and payloads go; ids, states and times stay. Endpoints are settings of the tenant, not what is stored about a person: one of that URL stays until it is deleted.',
      example: { email: 'former.user@example.com' },
      answers: {
        202: {
          description: 'The job',
          schema: erasureJobViewSchema,
          headers: ['location'],
          links: ['getErasure', 'getJob'],
        },
      },
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, tenant }) => {
    const job = await app.erasure().order({ input, tenant });
    return created({ body: viewErasureJob(job) }, `/api/v1/erasure/${job.id}`);
  },
);
