import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { endpointParams } from '../../lib/http/endpoint-doors.ts';

export const handler = route('admin', { params: endpointParams, status: 204 }, async ({ params: { id }, tenant }) => {
  await app.endpoints().remove({ id, tenant });
  return {};
});
