import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { endpointParams } from '../../lib/http/endpoint-doors.ts';

export const handler = route('notifications:write', { params: endpointParams }, async ({ params: { id }, tenant }) => ({
  body: await app.endpointTests().test({ id, tenant }),
}));
