import * as app from '../../lib/app.ts';
import { BATCHED, readPublished, STRUCTURED } from '../../lib/events/cloudevents.ts';
import { eventViewSchema, viewEvent } from '../../lib/events/event.ts';
import { newEventSchema } from '../../lib/events/new-event.ts';
import { created } from '../../lib/http/created.ts';
import { DAY } from '../../lib/http/openapi/operation.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'events:write',
    read: readPublished,
    contentTypes: ['application/json', STRUCTURED, BATCHED],
    idempotencyKey: 'replays',
    openapi: {
      operationId: 'publishEvent',
      summary: 'Publish an event',
      description:
        'It is stored before the answer; what it causes follows at once. A single CloudEvent 1.0 is taken here too, structured (`application/cloudevents+json`) or binary (`ce-` headers).',
      body: newEventSchema,
      example: {
        type: 'password.expiry',
        payload: { user_id: 123, email: 'user@example.com', expiry_date: DAY },
        source: 'accounts',
        subject: 'user-123',
      },
      answers: {
        200: { description: 'Published before, same source, id and content', schema: eventViewSchema },
        201: {
          description: 'Accepted',
          schema: eventViewSchema,
          headers: ['location', 'idempotent-replayed'],
          links: ['getEvent'],
        },
      },
    },
  },
  async ({ body: published, idempotencyKey, tenant }) => {
    if ('many' in published) {
      const events = await app.events().publishBatch({ inputs: published.many, tenant });
      return { status: 201, body: events.map((event) => viewEvent(event)) };
    }
    const input = published.one;
    const {
      event,
      created: isNew,
      replayed,
    } = await app.events().publish({ input, tenant, ...omitUndefined({ idempotencyKey }) });
    const status = isNew || replayed ? 201 : 200;
    return created({ status, body: viewEvent(event) }, `/api/v1/events/${event.id}`, replayed);
  },
);
