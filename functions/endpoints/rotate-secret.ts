import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { rotateSecretSchema } from '../../lib/endpoints/endpoint.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-doors.ts';

export const handler = route(
  'admin',
  { params: endpointParams, body: rotateSecretSchema.optional() },
  async ({ params: { id }, body: input = {}, tenant }) =>
    endpointReply(await app.endpoints().rotate({ id, tenant, input }), { secret: true }),
);
