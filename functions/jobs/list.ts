import * as app from '../../lib/app.ts';
import { jobViewSchema, viewJob } from '../../lib/http/job-reply.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { jobsQuery } from '../../lib/jobs/queries.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    query: jobsQuery,
    openapi: {
      operationId: 'listJobs',
      summary: 'Jobs of every kind, newest first',
      description:
        'Only kinds whose own scope the caller has: erasures need `admin`. With a filter, or without that scope, a page may be short and still have a next one.',
      answers: { 200: page(jobViewSchema) },
    },
  },
  (request) => {
    const { status, kind } = request.query;
    const { allows } = request;
    const filters = omitUndefined({ status, kind });
    return listReply(request, app.cursors(), (at) => app.jobs().list({ ...at, ...filters, allows }), viewJob);
  },
);
