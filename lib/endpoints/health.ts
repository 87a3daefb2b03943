/** What deliveries know about an endpoint: whether its circuit is closed. */
import * as z from 'zod';
import { omitUndefined } from '../schema/omit-undefined.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';

/** Written by deliveries alone, and forgotten when the endpoint is enabled or its URL changes. */
export interface EndpointHealth {
  circuit: 'closed' | 'open' | 'half_open';
  consecutiveFailures: number;
  /** The first of the present series of failures, epoch ms. */
  failingSince?: number;
  /** Short, public, free of personal data. */
  lastError?: string;
  nextProbeAt?: number;
}

/** Of an endpoint that nothing is known of: no delivery failed. */
export const HEALTHY: EndpointHealth = { circuit: 'closed', consecutiveFailures: 0 };

export const healthView = z
  .object({
    circuit: z.enum(['closed', 'open', 'half_open']).meta({
      id: 'CircuitState',
      description: 'open: nothing is sent until `next_probe_at`. half_open: one delivery tries it.',
    }),
    consecutive_failures: z.int(),
    failing_since: timeView.optional(),
    last_error: z.string().optional(),
    next_probe_at: timeView.optional(),
  })
  .meta({ id: 'EndpointHealth' });

const at = (time: number | undefined): string | undefined => (time === undefined ? undefined : rfc3339(time));

export const viewHealth = (health: EndpointHealth): z.output<typeof healthView> => ({
  circuit: health.circuit,
  consecutive_failures: health.consecutiveFailures,
  ...omitUndefined({
    failing_since: at(health.failingSince),
    last_error: health.lastError,
    next_probe_at: at(health.nextProbeAt),
  }),
});
