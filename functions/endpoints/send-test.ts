import * as app from '../../lib/app.ts';
import { testResultSchema } from '../../lib/endpoints/view.ts';
import { endpointParams } from '../../lib/http/endpoint-reply.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: endpointParams,
    openapi: {
      operationId: 'testEndpoint',
      summary: 'Send one signed endpoint.test message now, and answer what the receiver said',
      description: 'Not repeated, not recorded, and not counted for the circuit; a disabled endpoint is tested too.',
      answers: { 200: { description: 'What came back', schema: testResultSchema } },
    },
  },
  async ({ params: { id }, tenant }) => ({ body: await app.endpointTests().test({ id, tenant }) }),
);
