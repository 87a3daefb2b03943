import * as z from 'zod';
import * as app from '../../lib/app.ts';
import { EVENT_ID, eventViewSchema, viewEvent } from '../../lib/events/event.ts';

const params = z.object({ id: z.string().regex(EVENT_ID) });

export const handler = app.authenticatedRoute(
  {
    scope: 'events:read',
    params,
    openapi: {
      operationId: 'getEvent',
      summary: 'Get one event, with the ids of the notifications it caused',
      answers: { 200: { description: 'The event', schema: eventViewSchema } },
    },
  },
  async ({ params: { id }, tenant }) => ({
    body: viewEvent(await app.events().get({ id, tenant }), { notifications: true }),
  }),
);
