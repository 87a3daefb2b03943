import * as app from '../../lib/app.ts';
import { endpointParams } from '../../lib/http/endpoint-reply.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params: endpointParams,
    status: 204,
    openapi: {
      operationId: 'deleteEndpoint',
      summary: 'Delete a webhook endpoint, its keys and headers at once',
      description: 'Open notifications that name it end FAILED with `endpoint_deleted` at their next attempt.',
      answers: { 204: { description: 'Deleted' } },
    },
  },
  async ({ params: { id }, tenant }) => {
    await app.endpoints().remove({ id, tenant });
    return {};
  },
);
