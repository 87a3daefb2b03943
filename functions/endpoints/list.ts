import * as app from '../../lib/app.ts';
import { clock } from '../../lib/clock.ts';
import { viewEndpoint } from '../../lib/endpoints/endpoint-view.ts';
import { endpointsQuery } from '../../lib/http/list-queries.ts';
import { listReply } from '../../lib/http/paging.ts';
import { route } from '../../lib/route.ts';

export const handler = route('notifications:read', { query: endpointsQuery }, (request) =>
  listReply(
    request,
    app.cursors(),
    (at) => app.endpoints().list(at),
    (seen) => viewEndpoint(seen, { now: clock.now() }),
  ),
);
