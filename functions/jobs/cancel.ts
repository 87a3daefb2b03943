import * as app from '../../lib/app.ts';
import { jobParams, jobViewSchema, viewJob } from '../../lib/http/job-reply.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: jobParams,
    openapi: {
      operationId: 'cancelJob',
      summary: 'Ends a job; what it has done stands',
      description:
        'A page that is in flight is still done and counted. Repeating it repeats the answer. An erasure runs to its end.',
      answers: { 200: { description: 'CANCELED', schema: jobViewSchema } },
      problems: ['already-ended', 'not-cancelable'],
    },
  },
  async ({ params: { job_id: id }, tenant, allows }) => ({
    body: viewJob(await app.jobs().cancel({ id, tenant, allows })),
  }),
);
