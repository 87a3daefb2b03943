import * as z from 'zod';
import { publicRoute } from '../../lib/http/route.ts';

const welcomeSchema = z.object({ message: z.string(), docs: z.string() }).meta({ id: 'Welcome' });

export const handler = publicRoute(
  {
    query: 'ignored',
    openapi: {
      operationId: 'welcome',
      summary: 'Get a welcome, and where the documentation is',
      description: 'For people who open the address in a browser.',
      answers: { 200: { description: 'Welcome', schema: welcomeSchema } },
    },
  },
  () => ({ body: { message: 'Welcome to the Event Notification Service API', docs: '/docs' } }),
);
