import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { BATCHED, readBatch } from '../../lib/events/cloudevents.ts';
import { viewEvent } from '../../lib/events/event.ts';

const read = ({ rawBody }: { rawBody: string }) => readBatch(rawBody);

export const handler = route(
  'events:write',
  { read, contentTypes: [BATCHED], idempotencyKey: true, status: 201 },
  async ({ body: inputs, tenant }) => {
    const events = await app.events().publishBatch({ inputs, tenant });
    return { body: events.map((event) => viewEvent(event)) };
  },
);
