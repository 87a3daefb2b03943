import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { BATCH_BYTES_MAX, batchSchema } from '../../lib/batch/read.ts';
import { BATCH_MAX, BATCHED } from '../../lib/events/cloudevents.ts';
import { eventViewSchema } from '../../lib/events/event.ts';
import { eventItemSchema } from '../../lib/events/new-event.ts';
import { batchResultsSchema } from '../../lib/http/batch-reply.ts';
import { readEventBatch } from '../../lib/http/event-batch.ts';
import { eventBatchReply, eventsReply } from '../../lib/http/event-reply.ts';
import { batchText } from '../../lib/http/openapi/batch-text.ts';
import { cloudEventBatch } from '../../lib/http/openapi/cloud-event.ts';
import { cloudEvents, eventBatch } from '../../lib/http/openapi/request-examples.ts';

export const handler = app.authenticatedRoute(
  {
    scope: 'events:write',
    read: readEventBatch,
    contentTypes: ['application/json', BATCHED],
    bodyBytesMax: BATCH_BYTES_MAX,
    requestsIn: (published) => ('batch' in published ? published.batch.items.length : 1),
    idempotencyKey: 'checked',
    openapi: {
      operationId: 'publishEventBatch',
      summary: 'Publish up to 100 events',
      description: `\`application/json\`: each ${batchText('/api/v1/events/', 'an `id` or an `idempotency_key`')} \`${BATCHED}\`: at most ${BATCH_MAX} CloudEvents and 256 KB, all or nothing: if one is refused, none is stored. Safe to repeat after a 503. The answer has the events in the order given.`,
      body: batchSchema(eventItemSchema).meta({ id: 'EventBatch' }),
      example: eventBatch,
      otherBodies: { [BATCHED]: { schema: cloudEventBatch, example: cloudEvents } },
      answers: {
        200: { description: 'What became of each item, in order', schema: batchResultsSchema('Event', {}) },
        201: { description: 'CloudEvents: accepted, or published before', schema: z.array(eventViewSchema) },
      },
      problems: ['idempotency-key-reused'],
    },
  },
  async ({ body: published, tenant, requestId, path }) =>
    'batch' in published
      ? eventBatchReply(await app.publishEvents(published.batch, tenant), { requestId, path })
      : eventsReply(await app.events().publishBatch({ inputs: published.cloudEvents, tenant })),
);
