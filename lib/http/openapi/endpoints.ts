import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { enableSchema, endpointPatchSchema, newEndpointSchema, rotateSecretSchema } from '../../endpoints/endpoint.ts';
import { endpointsQuery } from '../../endpoints/queries.ts';
import { endpointViewSchema, testResultSchema } from '../../endpoints/view.ts';
import {
  commandsOn,
  createdAnswers,
  id,
  idempotencyKey,
  ifMatch,
  json,
  linksTo,
  ok,
  pageAnswers,
  problems,
} from './parts.ts';

const command = commandsOn('endpoints', endpointViewSchema);

export const endpointPaths: ZodOpenApiPathsObject = {
  '/api/v1/endpoints/': {
    post: {
      operationId: 'createEndpoint',
      tags: ['endpoints'],
      summary: 'Create a webhook endpoint; its secret is in this answer alone',
      description:
        'Each message to it is signed v1 (its secret, HMAC-SHA256) and v1a (its key pair, ed25519), as Standard Webhooks say. A replay by Idempotency-Key answers without the secret.',
      requestParams: { header: idempotencyKey },
      requestBody: { required: true, content: json(newEndpointSchema) },
      responses: createdAnswers({
        description: 'Created',
        schema: endpointViewSchema,
        links: linksTo('getEndpoint', 'patchEndpoint', 'deleteEndpoint', 'testEndpoint'),
        codes: ['limit-reached'],
      }),
    },
    get: {
      operationId: 'listEndpoints',
      tags: ['endpoints'],
      summary: 'Webhook endpoints, newest first',
      requestParams: { query: endpointsQuery },
      responses: pageAnswers(endpointViewSchema),
    },
  },
  '/api/v1/endpoints/{id}': {
    get: command({
      operationId: 'getEndpoint',
      summary: 'One webhook endpoint, and how it is doing',
    }),
    patch: {
      ...command({
        operationId: 'patchEndpoint',
        summary: 'Change what is given; null removes',
        description: 'Headers are merged name by name. Another URL starts with a clean record.',
        body: { required: true, schema: endpointPatchSchema },
        codes: ['precondition-failed'],
      }),
      requestParams: { path: id, header: ifMatch },
    },
    delete: {
      operationId: 'deleteEndpoint',
      tags: ['endpoints'],
      summary: 'Delete a webhook endpoint, its keys and headers at once',
      description: `Open notifications that name it end FAILED with \`endpoint_deleted\` at their next attempt.`,
      requestParams: { path: id },
      responses: { '204': { description: 'Deleted' }, ...problems('not-found') },
    },
  },
  '/api/v1/endpoints/{id}/rotate-secret': {
    post: command({
      operationId: 'rotateEndpointSecret',
      summary: 'New keys; the secret is in this answer alone',
      description:
        'For the overlap the older keys sign along, newest first; an overlap of 0 ends them within 5 s. At most 5 generations sign.',
      body: { required: false, schema: rotateSecretSchema },
    }),
  },
  '/api/v1/endpoints/{id}/disable': {
    post: command({
      operationId: 'disableEndpoint',
      summary:
        'No further deliveries: they end FAILED with endpoint_disabled, once no other channel is tried, listed and replayable',
    }),
  },
  '/api/v1/endpoints/{id}/enable': {
    post: command({
      operationId: 'enableEndpoint',
      summary: 'Deliver again, and on demand what died meanwhile',
      description: `Its record starts anew. With \`replay\` a redrive is ordered, whose job the answer names; it begins after half a minute, to take what is being decided now as well.`,
      body: { required: false, schema: enableSchema },
    }),
  },
  '/api/v1/endpoints/{id}/test': {
    post: {
      operationId: 'testEndpoint',
      tags: ['endpoints'],
      summary: 'Send one signed endpoint.test message now, and say what came back',
      description: 'Not repeated, not recorded, and not counted for the circuit; a disabled endpoint is tested too.',
      requestParams: { path: id },
      responses: { '200': ok('What came back', testResultSchema), ...problems('not-found') },
    },
  },
};
