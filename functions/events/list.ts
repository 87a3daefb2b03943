import * as app from '../../lib/app.ts';
import { viewEvent } from '../../lib/events/event.ts';
import { given } from '../../lib/given.ts';
import { eventsQuery } from '../../lib/http/list-queries.ts';
import { listReply } from '../../lib/http/paging.ts';
import { route } from '../../lib/route.ts';

export const handler = route('events:read', { query: eventsQuery }, (request) => {
  const { type, source, since, until } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.events().list({ ...at, ...given({ type, source, since, until }) }),
    (event) => viewEvent(event),
  );
});
