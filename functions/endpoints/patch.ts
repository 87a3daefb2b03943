import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { endpointPatchSchema } from '../../lib/endpoints/endpoint.ts';
import { endpointParams, endpointReply } from '../../lib/http/endpoint-doors.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

/** `admin`: another URL would be sent the headers that nobody may read. */
export const handler = route(
  'admin',
  { params: endpointParams, body: endpointPatchSchema, rules: (body) => app.endpoints().problems(body) },
  async ({ params: { id }, body: patch, headers, tenant }) => {
    const ifMatch = headers['if-match'];
    return endpointReply(await app.endpoints().patch({ id, tenant, patch, ...given({ ifMatch }) }));
  },
);
