import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { BATCH_BYTES_MAX, type Batch, batchSchema, ITEMS_MAX, readBatch } from '../../lib/batch/read.ts';
import { BATCH_MAX, BATCHED, isBatched, readBatch as readCloudEvents } from '../../lib/events/cloudevents.ts';
import { eventViewSchema, viewEvent } from '../../lib/events/event.ts';
import { eventItemSchema, type NewEvent } from '../../lib/events/new-event.ts';
import { batchReply, batchResultsSchema } from '../../lib/http/batch-reply.ts';
import { requireSize } from '../../lib/http/body.ts';
import { cloudEventBatch } from '../../lib/http/openapi/cloud-event.ts';
import type { RouteRequest } from '../../lib/http/types.ts';
import { omitUndefined } from '../../lib/schema/omit-undefined.ts';

type Published = { cloudEvents: NewEvent[] } | { batch: Batch<NewEvent> };

const read = (raw: Pick<RouteRequest, 'headers' | 'rawBody'>): Published => {
  if (!isBatched(raw.headers)) return { batch: readBatch(raw, { schema: eventItemSchema }) };
  requireSize(Buffer.byteLength(raw.rawBody));
  return { cloudEvents: readCloudEvents(raw.rawBody) };
};

const paid = (order: number) => ({ type: 'order.paid', source: 'shop', id: `order-${order}-paid`, payload: { order } });
const cloudEvent = (order: number) => ({
  specversion: '1.0',
  id: `order-${order}-paid`,
  source: '/shop',
  type: 'com.example.order.paid',
  subject: `order-${order}`,
  data: { order_id: order },
});

export const handler = app.authenticatedRoute(
  {
    scope: 'events:write',
    read,
    contentTypes: ['application/json', BATCHED],
    bodyBytesMax: BATCH_BYTES_MAX,
    requestsIn: (published) => ('batch' in published ? published.batch.items.length : 1),
    idempotencyKey: 'checked',
    openapi: {
      operationId: 'publishEventBatch',
      summary: 'Publish up to 100 events',
      description: `\`application/json\`: each item is what a POST to \`/api/v1/events/\` takes, with an \`idempotency_key\` in place of the header, and is answered as that would be. At most ${ITEMS_MAX} items and 1 MB. Send items with status 503 again; those with an \`id\` or an \`idempotency_key\` are safe to repeat. \`${BATCHED}\`: at most ${BATCH_MAX} CloudEvents and 256 KB, all or nothing: if one is refused, none is stored. Safe to repeat after a 503. The answer has the events in the order given.`,
      body: batchSchema(eventItemSchema).meta({ id: 'EventBatch' }),
      example: { items: [paid(42), paid(43)], on_invalid: 'reject_all' },
      otherBodies: { [BATCHED]: { schema: cloudEventBatch, example: [cloudEvent(42), cloudEvent(43)] } },
      answers: {
        200: { description: 'What became of each item, in order', schema: batchResultsSchema('Event', {}) },
        201: { description: 'CloudEvents: accepted, or published before', schema: z.array(eventViewSchema) },
      },
      problems: ['idempotency-key-reused'],
    },
  },
  async ({ body: published, tenant, requestId, path }) => {
    if ('cloudEvents' in published) {
      const events = await app.events().publishBatch({ inputs: published.cloudEvents, tenant });
      return { status: 201, body: events.map((event) => viewEvent(event)) };
    }
    const outcomes = await app.publishEvents(published.batch, tenant);
    return batchReply(outcomes, { requestId, path }, ({ event, created, replayed }) => ({
      status: created || replayed ? 201 : 200,
      id: event.id,
      ...omitUndefined({ replayed: replayed || undefined }),
    }));
  },
);
