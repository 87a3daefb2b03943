import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { resultViewSchema } from '../../lib/bulk/results.ts';
import { jobParams } from '../../lib/http/job-reply.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { pagingQuery } from '../../lib/schema/paging.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params: jobParams,
    query: z.object(pagingQuery),
    openapi: {
      operationId: 'listJobResults',
      summary: 'What became of each member of a bulk command',
      description:
        'In the order in which they were dealt with; while it runs, those of the pages that are done. Kept as long as the job.',
      answers: { 200: page(resultViewSchema) },
    },
  },
  (request) =>
    listReply(
      request,
      app.cursors(),
      ({ tenant, ...at }) => app.bulk().results({ id: request.params.job_id, tenant }, at),
      (result) => result,
    ),
);
