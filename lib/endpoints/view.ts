/** What a client sees of an endpoint: never a header's value, and a secret only where it was made. */
import * as z from 'zod';
import { given } from '../schema/omit-undefined.ts';
import { DISABLED_REASONS } from '../schema/reasons.ts';
import { rotationEnd } from '../schema/rotation.ts';
import { rfc3339 } from '../schema/time.ts';
import { type Endpoint, type EndpointHealth, isDisabled } from './endpoint.ts';

const time = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

const healthView = z
  .object({
    circuit: z.enum(['closed', 'open', 'half_open']).meta({
      id: 'CircuitState',
      description: 'open: nothing is sent until `next_probe_at`. half_open: one delivery tries it.',
    }),
    consecutive_failures: z.int(),
    failing_since: time.optional(),
    last_error: z.string().optional(),
    next_probe_at: time.optional(),
  })
  .meta({ id: 'EndpointHealth' });

export const endpointViewSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().optional(),
    header_names: z
      .array(z.string())
      .meta({ description: 'Of the headers that go along; their values are never shown.' }),
    retry_schedule: z.array(z.int()).optional(),
    rate_limit: z.int().optional(),
    max_concurrency: z.int().optional(),
    state: z.enum(['enabled', 'disabled']).meta({ id: 'EndpointState' }),
    disabled_at: time.optional(),
    disabled_reason: z.enum(DISABLED_REASONS).meta({ id: 'DisabledReason' }).optional().meta({
      description: 'manual: by hand. gone: the receiver answered 410. failing: it failed for 5 days.',
    }),
    public_key: z.string().meta({ description: '`whpk_` + base64: verifies the v1a signatures (ed25519).' }),
    secret: z.string().optional().meta({
      description: '`whsec_` + base64: verifies the v1 signatures (HMAC-SHA256). Shown once, where it is made.',
    }),
    rotation_ends_at: time.optional().meta({ description: 'Until then older keys sign along with the newest.' }),
    health: healthView,
    replay_job_id: z.string().optional().meta({
      description: 'Where enabling it began a replay: its job, as of POST /api/v1/dead-letters/redrive.',
    }),
    created_at: time,
    updated_at: time,
    version: z.int(),
  })
  .meta({ id: 'Endpoint' });
export type EndpointView = z.output<typeof endpointViewSchema>;

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

/** Nothing is known of one that nothing went wrong with. */
export const HEALTHY: EndpointHealth = { circuit: 'closed', consecutiveFailures: 0 };

const at = (time: number | undefined): string | undefined => (time === undefined ? undefined : rfc3339(time));

const viewHealth = (health: EndpointHealth): EndpointView['health'] => ({
  circuit: health.circuit,
  consecutive_failures: health.consecutiveFailures,
  ...given({
    failing_since: at(health.failingSince),
    last_error: health.lastError,
    next_probe_at: at(health.nextProbeAt),
  }),
});

export interface SeenEndpoint {
  endpoint: Endpoint;
  health: EndpointHealth;
  replayJobId?: string;
}

/** @param options.secret whether it is to be shown: where it was just made. `now` is business time. */
export const viewEndpoint = (
  { endpoint, health, replayJobId }: SeenEndpoint,
  options: { now: number; secret?: boolean },
): EndpointView => {
  const [newest] = endpoint.keys;
  return {
    id: endpoint.id,
    url: endpoint.url,
    header_names: Object.keys(endpoint.headers).sort(),
    state: isDisabled(endpoint) ? 'disabled' : 'enabled',
    public_key: newest?.publicKey ?? '',
    health: viewHealth(health),
    created_at: rfc3339(endpoint.createdAt),
    updated_at: rfc3339(endpoint.updatedAt),
    version: endpoint.version,
    ...given({
      description: endpoint.description,
      retry_schedule: endpoint.retrySchedule,
      rate_limit: endpoint.rateLimit,
      max_concurrency: endpoint.maxConcurrency,
      disabled_at: at(endpoint.disabledAt),
      disabled_reason: endpoint.disabledReason,
      rotation_ends_at: at(rotationEnd(endpoint.keys, options.now)),
      secret: options.secret ? newest?.secret : undefined,
      replay_job_id: replayJobId,
    }),
  };
};
