import * as app from '../../lib/app.ts';
import { viewApiKey } from '../../lib/auth/api-key-schema.ts';
import { clock } from '../../lib/clock.ts';
import { apiKeyParams } from '../../lib/http/api-key-doors.ts';
import { route } from '../../lib/route.ts';

export const handler = route('admin', { params: apiKeyParams }, async ({ params: { id }, tenant }) => ({
  body: viewApiKey(await app.apiKeys().get({ id, tenant }), clock.now()),
}));
