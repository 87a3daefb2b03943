import * as app from '../../lib/app.ts';
import { jobParams, jobViewSchema, viewJob } from '../../lib/http/job-reply.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params: jobParams,
    openapi: {
      operationId: 'getJob',
      summary: 'One job of any kind, and how far it is',
      description: 'An erasure needs `admin`.',
      answers: { 200: { description: 'As it is now', schema: jobViewSchema } },
    },
  },
  async ({ params: { job_id: id }, tenant, allows }) => ({
    body: viewJob(await app.jobs().get({ id, tenant, allows })),
  }),
);
