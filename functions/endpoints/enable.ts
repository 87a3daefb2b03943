import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { enableSchema } from '../../lib/endpoints/endpoint.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-doors.ts';

export const handler = route(
  'notifications:write',
  { params: endpointParams, body: enableSchema.optional() },
  async ({ params: { id }, body: { replay = false } = {}, tenant }) =>
    endpointReply(await app.endpoints().enable({ id, tenant, replay })),
);
