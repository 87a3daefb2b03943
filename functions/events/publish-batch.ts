import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { BATCH_MAX, BATCHED, readBatch } from '../../lib/events/cloudevents.ts';
import { eventViewSchema, viewEvent } from '../../lib/events/event.ts';
import { cloudEventBatch } from '../../lib/http/openapi/cloud-event.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'events:write',
    read: ({ rawBody }) => readBatch(rawBody),
    contentTypes: [BATCHED],
    idempotencyKey: 'checked',
    status: 201,
    openapi: {
      operationId: 'publishEventBatch',
      summary: 'Publish a batch of CloudEvents',
      description: `At most ${BATCH_MAX}, all or nothing: if one is refused, none is stored. Safe to repeat after a 503. The answer has the events in the order given.`,
      body: cloudEventBatch,
      example: [
        {
          specversion: '1.0',
          id: 'order-42-paid',
          source: '/shop',
          type: 'com.example.order.paid',
          subject: 'order-42',
          data: { order_id: 42 },
        },
        {
          specversion: '1.0',
          id: 'order-43-paid',
          source: '/shop',
          type: 'com.example.order.paid',
          data: { order_id: 43 },
        },
      ],
      answers: { 201: { description: 'Accepted, or published before', schema: z.array(eventViewSchema) } },
      problems: ['idempotency-key-reused'],
    },
  },
  async ({ body: inputs, tenant }) => {
    const events = await app.events().publishBatch({ inputs, tenant });
    return { body: events.map((event) => viewEvent(event)) };
  },
);
