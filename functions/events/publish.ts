import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { BATCHED, readPublished, STRUCTURED } from '../../lib/events/cloudevents.ts';
import { viewEvent } from '../../lib/events/event.ts';
import { given } from '../../lib/schema/omit-undefined.ts';

const contentTypes = ['application/json', STRUCTURED, BATCHED];

export const handler = route(
  'events:write',
  { read: readPublished, contentTypes, idempotencyKey: true },
  async ({ body: published, idempotencyKey, tenant }) => {
    if ('many' in published) {
      const events = await app.events().publishBatch({ inputs: published.many, tenant });
      return { status: 201, body: events.map((event) => viewEvent(event)) };
    }
    const input = published.one;
    const { event, created, replayed } = await app.events().publish({ input, tenant, ...given({ idempotencyKey }) });
    return {
      status: created || replayed ? 201 : 200,
      body: viewEvent(event),
      headers: { location: `/api/v1/events/${event.id}`, ...(replayed && { 'idempotent-replayed': 'true' }) },
    };
  },
);
