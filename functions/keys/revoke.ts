import * as app from '../../lib/app.ts';
import { apiKeyParams, apiKeyViewSchema, viewApiKey } from '../../lib/auth/api-keys/schema.ts';
import { clock } from '../../lib/platform/clock.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params: apiKeyParams,
    openapi: {
      operationId: 'revokeKey',
      summary: 'Revoke a key for good; it is refused everywhere within 60 s',
      answers: { 200: { description: 'The key', schema: apiKeyViewSchema } },
    },
  },
  async ({ params: { id }, tenant }) => ({ body: viewApiKey(await app.apiKeys().revoke({ id, tenant }), clock.now()) }),
);
