import * as app from '../../lib/app.ts';
import { BATCHED, readPublished, STRUCTURED } from '../../lib/events/cloudevents.ts';
import { viewEvent } from '../../lib/events/event.ts';
import { idempotencyKeyOf } from '../../lib/http/idempotency-key.ts';
import { route } from '../../lib/route.ts';

const contentTypes = ['application/json', STRUCTURED, BATCHED];

export const handler = route('events:write', { rawBody: true, contentTypes }, async ({ headers, rawBody, tenant }) => {
  const published = readPublished({ headers, rawBody });
  if ('many' in published) {
    const events = await app.events().publishBatch({ inputs: published.many, tenant });
    return { status: 201, body: events.map((event) => viewEvent(event)) };
  }
  const input = published.one;
  // An event with an id of its own is its own key: Idempotency-Key is not even read.
  const idempotencyKey = input.id === undefined ? idempotencyKeyOf(headers) : undefined;
  const { event, created, replayed } = await app.events().publish({ input, tenant, idempotencyKey });
  return {
    status: created || replayed ? 201 : 200,
    body: viewEvent(event),
    headers: { location: `/api/v1/events/${event.id}`, ...(replayed && { 'idempotent-replayed': 'true' }) },
  };
});
