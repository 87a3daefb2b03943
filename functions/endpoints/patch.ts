import * as app from '../../lib/app.ts';
import { endpointPatchSchema } from '../../lib/endpoints/endpoint-requests.ts';
import { endpointViewSchema } from '../../lib/endpoints/view.ts';
import { PATCH_TYPES } from '../../lib/http/body.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-reply.ts';
import { record } from '../../lib/http/openapi/operation.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

/** `admin`: another URL would be sent the headers that no answer shows. */
export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params: endpointParams,
    body: endpointPatchSchema,
    contentTypes: PATCH_TYPES,
    rules: (body) => app.endpoints().problems(body),
    ifMatch: true,
    openapi: {
      operationId: 'patchEndpoint',
      summary: 'Change the given settings of a webhook endpoint; null removes one',
      description: 'Headers are merged name by name. Another URL starts with a clean record.',
      example: { description: 'Orders and refunds', rate_limit: 20 },
      answers: { 200: record(endpointViewSchema) },
    },
  },
  async ({ params: { id }, body: patch, ifMatch, tenant }) =>
    endpointReply(await app.endpoints().patch({ id, tenant, patch, ...omitUndefined({ ifMatch }) })),
);
