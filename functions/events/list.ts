import * as app from '../../lib/app.ts';
import { eventViewSchema, viewEvent } from '../../lib/events/event.ts';
import { eventsQuery } from '../../lib/events/queries.ts';
import { page } from '../../lib/http/openapi/operation.ts';
import { listReply } from '../../lib/http/paging.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'events:read',
    query: eventsQuery,
    openapi: {
      operationId: 'listEvents',
      summary: 'List events, newest first',
      answers: { 200: page(eventViewSchema) },
    },
  },
  (request) => {
    const { type, source, since, until } = request.query;
    return listReply(
      request,
      app.cursors(),
      (at) => app.events().list({ ...at, ...omitUndefined({ type, source, since, until }) }),
      (event) => viewEvent(event),
    );
  },
);
