import * as app from '../../lib/app.ts';
import { endpointsQuery } from '../../lib/endpoints/queries.ts';
import { endpointViewSchema, viewEndpoint } from '../../lib/endpoints/view.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { clock } from '../../lib/platform/clock.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    query: endpointsQuery,
    openapi: {
      operationId: 'listEndpoints',
      summary: 'List webhook endpoints, newest first',
      answers: { 200: page(endpointViewSchema) },
    },
  },
  (request) =>
    listReply(
      request,
      app.cursors(),
      (at) => app.endpoints().list(at),
      (seen) => viewEndpoint(seen, { now: clock.now() }),
    ),
);
