import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { erasureJobViewSchema, viewErasureJob } from '../../lib/erasure/erasure-job.ts';

/** One table holds every noun: the prefix keeps another's id from being read as a job. */
const params = z.object({ job_id: z.string().max(64).startsWith('era_') });

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params,
    openapi: {
      operationId: 'getErasure',
      summary: 'Get the progress of an erasure',
      answers: { 200: { description: 'The job', schema: erasureJobViewSchema } },
    },
  },
  async ({ params: { job_id: id }, tenant }) => ({ body: viewErasureJob(await app.erasure().job({ id, tenant })) }),
);
