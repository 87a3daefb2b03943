import * as app from '../../lib/app.ts';
import { newEndpointSchema } from '../../lib/endpoints/endpoint-requests.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { created } from '../../lib/http/created.ts';
import { endpointReply } from '../../lib/http/endpoint-reply.ts';
import { newEndpoint } from '../../lib/http/openapi/request-examples.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

/** `admin`, as everything that shows a secret or decides where headers that are secret go. */
export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    body: newEndpointSchema,
    rules: (body) => app.endpoints().problems(body),
    idempotencyKey: 'replays',
    status: 201,
    openapi: {
      operationId: 'createEndpoint',
      summary: 'Create a webhook endpoint; its secret is in this answer alone',
      description:
        'Each message to it is signed v1 (its secret, HMAC-SHA256) and v1a (its key pair, ed25519), as Standard Webhooks say. A replay by Idempotency-Key answers without the secret.',
      example: newEndpoint,
      answers: {
        201: {
          description: 'Created',
          schema: endpointViewSchema,
          headers: ['location', 'idempotent-replayed', 'etag'],
          links: ['getEndpoint', 'patchEndpoint', 'deleteEndpoint', 'testEndpoint'],
        },
      },
      problems: ['limit-reached'],
    },
  },
  async ({ body: input, idempotencyKey, tenant }) => {
    const { replayed, ...seen } = await app.endpoints().create({ input, tenant, ...omitUndefined({ idempotencyKey }) });
    return created(endpointReply(seen, { secret: !replayed }), `/api/v1/endpoints/${seen.endpoint.id}`, replayed);
  },
);
