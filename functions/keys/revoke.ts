import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { viewApiKey } from '../../lib/auth/api-keys/schema.ts';
import { apiKeyParams } from '../../lib/http/api-key-doors.ts';
import { clock } from '../../lib/platform/clock.ts';

export const handler = route('admin', { params: apiKeyParams }, async ({ params: { id }, tenant }) => ({
  body: viewApiKey(await app.apiKeys().revoke({ id, tenant }), clock.now()),
}));
