import * as app from '../../lib/app.ts';
import { rotateSecretSchema } from '../../lib/endpoints/endpoint-requests.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params: endpointParams,
    body: rotateSecretSchema.optional(),
    openapi: {
      operationId: 'rotateEndpointSecret',
      summary: 'Rotate the signing keys; the secret is in this answer alone',
      description:
        'For the overlap the older keys sign along, newest first; an overlap of 0 ends them within 5 s. At most 5 generations sign.',
      example: { overlap_seconds: 3600 },
      answers: { 200: record(endpointViewSchema) },
    },
  },
  async ({ params: { id }, body: input = {}, tenant }) =>
    endpointReply(await app.endpoints().rotate({ id, tenant, input }), { secret: true }),
);
