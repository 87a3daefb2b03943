import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { judgeable, newApiKeySchema, viewIssued } from '../../lib/auth/api-keys/schema.ts';
import { clock } from '../../lib/platform/clock.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route(
  'admin',
  {
    body: newApiKeySchema,
    rules: (body) => app.apiKeys().problems(judgeable(body)),
    idempotencyKey: true,
    status: 201,
  },
  async ({ body, tenant }) => {
    const { name, scopes, expires_at: expiresAt, rate_limit: rateLimit } = body;
    const issued = await app.apiKeys().create({ input: { name, scopes, ...given({ expiresAt, rateLimit }) }, tenant });
    return { body: viewIssued(issued, clock.now()), headers: { location: `/api/v1/keys/${issued.key.id}` } };
  },
);
