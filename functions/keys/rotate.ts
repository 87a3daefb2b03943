import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { OVERLAP_DEFAULT_SECONDS, rotationSchema, viewIssued } from '../../lib/auth/api-keys/schema.ts';
import { apiKeyParams } from '../../lib/http/api-key-doors.ts';
import { clock } from '../../lib/platform/clock.ts';

export const handler = route(
  'admin',
  { params: apiKeyParams, body: rotationSchema.optional() },
  async ({ params: { id }, body, tenant }) => {
    const overlapMs = (body?.overlap_seconds ?? OVERLAP_DEFAULT_SECONDS) * 1_000;
    return { body: viewIssued(await app.apiKeys().rotate({ id, tenant, overlapMs }), clock.now()) };
  },
);
