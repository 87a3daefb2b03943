import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { erasureSchema, viewErasureJob } from '../../lib/erasure/erasure-job.ts';

export const handler = route(
  'admin',
  { body: erasureSchema, rules: (body) => app.erasure().problems(body), idempotencyKey: true, status: 202 },
  async ({ body: input, tenant }) => {
    const job = await app.erasure().order({ input, tenant });
    return { body: viewErasureJob(job), headers: { location: `/api/v1/erasure/${job.id}` } };
  },
);
