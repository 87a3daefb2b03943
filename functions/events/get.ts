import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { route } from '../../lib/app.ts';
import { EVENT_ID, viewEvent } from '../../lib/events/event.ts';

const params = z.object({ id: z.string().regex(EVENT_ID) });

export const handler = route('events:read', { params }, async ({ params: { id }, tenant }) => {
  const event = await app.events().get({ id, tenant });
  return { body: viewEvent(event, { notifications: true }) };
});
