import * as app from '../../lib/app.ts';
import { apiKeyParams, issuedApiKeyViewSchema, rotationSchema, viewIssued } from '../../lib/auth/api-keys/schema.ts';
import { clock } from '../../lib/platform/clock.ts';
import { OVERLAP_DEFAULT_SECONDS } from '../../lib/schema/rotation.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'admin',
    params: apiKeyParams,
    body: rotationSchema.optional(),
    openapi: {
      operationId: 'rotateKey',
      summary: 'Rotate a key: make a new token; earlier ones stay valid for the overlap',
      example: { overlap_seconds: 3600 },
      answers: { 200: { description: 'Rotated', schema: issuedApiKeyViewSchema } },
      problems: ['key-not-active'],
    },
  },
  async ({ params: { id }, body, tenant }) => {
    const overlapMs = (body?.overlap_seconds ?? OVERLAP_DEFAULT_SECONDS) * 1_000;
    return { body: viewIssued(await app.apiKeys().rotate({ id, tenant, overlapMs }), clock.now()) };
  },
);
