import * as app from '../../lib/app.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: endpointParams,
    openapi: {
      operationId: 'disableEndpoint',
      summary: 'Disable a webhook endpoint; its deliveries end FAILED with endpoint_disabled and can be redriven',
      answers: { 200: record(endpointViewSchema) },
    },
  },
  async ({ params: { id }, tenant }) => endpointReply(await app.endpoints().disable({ id, tenant })),
);
