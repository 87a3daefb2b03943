import * as app from '../../lib/app.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:read',
    params: endpointParams,
    openapi: {
      operationId: 'getEndpoint',
      summary: 'Get one webhook endpoint, with its health',
      answers: { 200: record(endpointViewSchema) },
    },
  },
  async ({ params: { id }, tenant }) => endpointReply(await app.endpoints().get({ id, tenant })),
);
