import * as app from '../../lib/app.ts';
import { BATCHED, readPublished, STRUCTURED } from '../../lib/events/cloudevents.ts';
import { eventViewSchema } from '../../lib/events/event.ts';
import { newEventSchema } from '../../lib/events/new-event.ts';
import { eventReply, eventsReply } from '../../lib/http/event-reply.ts';
import { newEvent } from '../../lib/http/openapi/request-examples.ts';
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
      example: newEvent,
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
  async ({ body: published, idempotencyKey, tenant }) =>
    'one' in published
      ? eventReply(await app.events().publish({ input: published.one, tenant, ...omitUndefined({ idempotencyKey }) }))
      : eventsReply(await app.events().publishBatch({ inputs: published.many, tenant })),
);
