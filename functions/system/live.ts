import * as z from 'zod';
import { publicRoute } from '../../lib/http/route.ts';

const aliveSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' });

/** Says that the process runs and nothing more: a dependency that is down is no reason to kill it. */
export const handler = publicRoute(
  {
    query: 'ignored',
    openapi: {
      operationId: 'live',
      summary: '200 while the process runs',
      description: 'Asks no dependency: for liveness probes.',
      answers: { 200: { description: 'Alive', schema: aliveSchema } },
    },
  },
  () => ({ body: { status: 'ok' } }),
);
