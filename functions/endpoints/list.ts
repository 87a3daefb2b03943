import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { endpointsQuery } from '../../lib/endpoints/queries.ts';
import { viewEndpoint } from '../../lib/endpoints/view.ts';
import { listReply } from '../../lib/http/paging.ts';
import { clock } from '../../lib/platform/clock.ts';

export const handler = route('notifications:read', { query: endpointsQuery }, (request) =>
  listReply(
    request,
    app.cursors(),
    (at) => app.endpoints().list(at),
    (seen) => viewEndpoint(seen, { now: clock.now() }),
  ),
);
