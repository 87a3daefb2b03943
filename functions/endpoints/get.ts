import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-doors.ts';

export const handler = route('notifications:read', { params: endpointParams }, async ({ params: { id }, tenant }) =>
  endpointReply(await app.endpoints().get({ id, tenant })),
);
