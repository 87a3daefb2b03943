import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { viewEvent } from '../../lib/events/event.ts';
import { eventsQuery } from '../../lib/events/queries.ts';
import { listReply } from '../../lib/http/paging.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

export const handler = route('events:read', { query: eventsQuery }, (request) => {
  const { type, source, since, until } = request.query;
  return listReply(
    request,
    app.cursors(),
    (at) => app.events().list({ ...at, ...given({ type, source, since, until }) }),
    (event) => viewEvent(event),
  );
});
