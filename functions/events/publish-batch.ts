import * as app from '../../lib/app.ts';
import { BATCHED, readBatch } from '../../lib/events/cloudevents.ts';
import { viewEvent } from '../../lib/events/event.ts';
import { route } from '../../lib/route.ts';

const options = { rawBody: true, contentTypes: [BATCHED], status: 201 } as const;

export const handler = route('events:write', options, async ({ rawBody, tenant }) => {
  const events = await app.events().publishBatch({ inputs: readBatch(rawBody), tenant });
  return { body: events.map((event) => viewEvent(event)) };
});
