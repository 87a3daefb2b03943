import * as app from '../../lib/app.ts';
import { enableSchema } from '../../lib/endpoints/endpoint-requests.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'notifications:write',
    params: endpointParams,
    body: enableSchema.optional(),
    openapi: {
      operationId: 'enableEndpoint',
      summary: 'Enable a webhook endpoint; with replay, redrive what failed while it was disabled',
      description:
        'Its failures so far no longer count. With `replay` a redrive is started, whose job the answer names; it begins after 30 s, to include the deliveries that are being decided now.',
      example: { replay: false },
      answers: { 200: record(endpointViewSchema) },
      problems: ['limit-reached'],
    },
  },
  async ({ params: { id }, body: { replay = false } = {}, tenant }) =>
    endpointReply(await app.endpoints().enable({ id, tenant, replay })),
);
