import * as app from '../../lib/app.ts';
import { issuedApiKeyViewSchema, judgeable, newApiKeySchema, viewIssued } from '../../lib/auth/api-keys/schema.ts';
import { created } from '../../lib/http/created.ts';
import { clock } from '../../lib/platform/clock.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    body: newApiKeySchema,
    rules: (body) => app.apiKeys().problems(judgeable(body)),
    idempotencyKey: 'checked',
    status: 201,
    openapi: {
      operationId: 'createKey',
      summary: 'Create a key for this tenant; its token is in this answer alone',
      example: { name: 'billing', scopes: ['events:write', 'notifications:read'], rate_limit: 50 },
      answers: {
        201: {
          description: 'Made',
          schema: issuedApiKeyViewSchema,
          headers: ['location'],
          links: ['getKey', 'rotateKey', 'revokeKey'],
        },
      },
      problems: ['limit-reached'],
    },
  },
  async ({ body, tenant }) => {
    const { name, scopes, expires_at: expiresAt, rate_limit: rateLimit } = body;
    const issued = await app
      .apiKeys()
      .create({ input: { name, scopes, ...omitUndefined({ expiresAt, rateLimit }) }, tenant });
    return created({ body: viewIssued(issued, clock.now()) }, `/api/v1/keys/${issued.key.id}`);
  },
);
