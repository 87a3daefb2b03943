import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { newEndpointSchema } from '../../lib/endpoints/endpoint.ts';
import { endpointReply } from '../../lib/http/endpoint-doors.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

/** `admin`, as everything that shows a secret or decides where headers that are secret go. */
export const handler = route(
  'admin',
  { body: newEndpointSchema, rules: (body) => app.endpoints().problems(body), idempotencyKey: true, status: 201 },
  async ({ body: input, idempotencyKey, tenant }) => {
    const { replayed, ...seen } = await app.endpoints().create({ input, tenant, ...given({ idempotencyKey }) });
    const reply = endpointReply(seen, { secret: !replayed });
    return {
      ...reply,
      headers: {
        ...reply.headers,
        location: `/api/v1/endpoints/${seen.endpoint.id}`,
        ...(replayed && { 'idempotent-replayed': 'true' }),
      },
    };
  },
);
