/** What a client sees of an endpoint: never a header's value, and a secret only where it was made. */
import * as z from 'zod';
import { makeView, viewShape } from '../store/fields.ts';
import { type Endpoint, endpointFields } from './endpoint.ts';
import type { EndpointHealth } from './health.ts';

export const endpointViewSchema = z.object(viewShape(endpointFields)).meta({ id: 'Endpoint' });
export type EndpointView = z.output<typeof endpointViewSchema>;

export interface SeenEndpoint {
  endpoint: Endpoint;
  health: EndpointHealth;
  replayJobId?: string;
}

const view = makeView(endpointFields);

/** @param options.secret whether it is to be shown: where it was just made. `now` is business time. */
export const viewEndpoint = (
  { endpoint, ...seen }: SeenEndpoint,
  options: { now: number; secret?: boolean },
): EndpointView => view(endpoint, { ...seen, ...options });

export const testResultSchema = z
  .object({
    outcome: z.enum(['sent', 'retry', 'failed']).meta({
      id: 'EndpointTestOutcome',
      description: 'What a delivery would do now: be done, try again, or give up.',
    }),
    http_status: z.int().optional(),
    error: z.string().optional(),
    duration_ms: z
      .int()
      .meta({ description: 'Until the status came. The test itself ends with the body of the answer.' }),
  })
  .meta({ id: 'EndpointTest' });
