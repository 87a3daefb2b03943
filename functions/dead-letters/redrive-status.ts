import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { redriveJobViewSchema, viewRedriveJob } from '../../lib/dead-letters/redrive-job.ts';

/** One table holds every noun: the prefix keeps another's id from being read as a job. */
const params = z.object({ job_id: z.string().max(64).startsWith('job_') });

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params,
    openapi: {
      operationId: 'getRedriveJob',
      summary: 'Get the progress of a redrive',
      answers: { 200: { description: 'The job', schema: redriveJobViewSchema } },
    },
  },
  async ({ params: { job_id: id }, tenant }) => ({
    body: viewRedriveJob(await app.deadLetters().job({ id, tenant })),
  }),
);
