/**
 * The noun: a receiver of webhooks with its own keys, headers and limits. What may happen to it is
 * in `state/endpoint-state.ts`.
 */

import * as z from 'zod';
import { DISABLED_REASONS, type DisabledReason } from '../schema/reasons.ts';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from '../schema/retry-schedule.ts';
import { rotationEnd } from '../schema/rotation.ts';
import { type EndpointKeys, isSecret, paddedSecret, SECRET_RULE, type SigningKeys } from '../schema/signing-keys.ts';
import { shortText } from '../schema/text.ts';
import { rfc3339 } from '../schema/time.ts';
import { timeView } from '../schema/time-view.ts';
import { URL_LENGTH_MAX } from '../schema/webhook-url.ts';
import {
  CONFIDENTIAL,
  derived,
  field,
  type Input,
  inKeys,
  input,
  jsonText,
  optional,
  PLAIN,
  required,
  type Stored,
  setting,
  shown,
} from '../store/fields.ts';
import { HEADERS_MAX, headerValue, namedHeaders } from './headers.ts';
import { type EndpointHealth, healthView, viewHealth } from './health.ts';

export const RATE_LIMIT_MAX = 1_000;
export const CONCURRENCY_MAX = 100;
export const OVERLAP_MAX_SECONDS = 7 * 86_400;

const url = z
  .string()
  .min(1)
  .max(URL_LENGTH_MAX, `must be at most ${URL_LENGTH_MAX} characters`)
  .meta({
    description: 'https, at a public address; checked again on every connection.',
    examples: ['https://example.com/hooks'],
  });
const retrySchedule = z
  .array(z.int().min(0).max(RETRY_DELAY_MAX_SECONDS))
  .min(1)
  .max(ATTEMPTS_MAX)
  .meta({ description: 'Seconds before each attempt, the first included; its length is the number of attempts.' });
const rateLimit = z.int().min(1).max(RATE_LIMIT_MAX).meta({ description: 'Deliveries a second.' });
const maxConcurrency = z.int().min(1).max(CONCURRENCY_MAX).meta({ description: 'Deliveries in flight at once.' });
export const secret = z
  .string()
  .max(128, 'must be at most 128 characters')
  .refine(isSecret, SECRET_RULE)
  .transform(paddedSecret)
  .optional()
  .meta({ description: '`whsec_` + base64 of 24 to 64 bytes. Padding may be missing. Default: 32 random bytes.' });
const headersMeta = {
  description: `Sent along with every delivery, at most ${HEADERS_MAX}. Never shown again; \`header_names\` says which there are.`,
  examples: [{ authorization: 'Bearer token' }],
};

/** What an endpoint is shown with. */
interface Context {
  health: EndpointHealth;
  /** Of the replay that enabling it began. */
  replayJobId?: string;
  /** Business time. */
  now: number;
  /** Whether the secret is shown: where it was just made. */
  secret?: boolean;
}

/**
 * In the order of the view. Times are epoch ms, business time. What deliveries know of it is
 * another item: health.ts.
 */
export const endpointFields = {
  /** `end_` + 26 characters. */
  id: field(required<string>('id'), PLAIN, shown('id', z.string())),
  tenant: field(required<string>('tenant'), PLAIN),
  /** As `checkWebhookUrl` made it. It may contain a token. */
  url: field(required<string>('url'), CONFIDENTIAL, {
    ...input('url', url),
    patch: { url: url.optional() },
    ...shown('url', z.string()),
  }),
  /** Names in lower case. One text, since values may be secret. */
  headers: field(jsonText<Record<string, string>>('headers'), CONFIDENTIAL, {
    create: { headers: namedHeaders(headerValue).optional().meta(headersMeta) },
    patch: {
      headers: namedHeaders(headerValue.nullable())
        .nullable()
        .optional()
        .meta({ description: 'Merged name by name; `null` removes one, or all of them.' }),
    },
    ...shown(
      'header_names',
      z.array(z.string()).meta({ description: 'Of the headers that go along; their values are never shown.' }),
      (headers: Record<string, string>) => Object.keys(headers).sort(),
    ),
  }),
  state: derived(
    { state: z.enum(['enabled', 'disabled']).meta({ id: 'EndpointState' }) },
    (endpoint: { disabledAt?: number }) => ({
      state: isDisabled(endpoint) ? 'disabled' : 'enabled',
    }),
  ),
  /** Newest first, at least one until it is deleted. */
  keys: field(jsonText<EndpointKeys[]>('secrets'), CONFIDENTIAL, {
    create: { secret },
    ...shown(
      'public_key',
      z.string().meta({ description: '`whpk_` + base64: verifies the v1a signatures (ed25519).' }),
      ([newest]: EndpointKeys[]) => newest?.publicKey ?? '',
    ),
  }),
  health: derived({ health: healthView }, (_: object, { health }: Context) => ({ health: viewHealth(health) })),
  createdAt: field(inKeys<number>(), PLAIN, shown('created_at', timeView, rfc3339)),
  updatedAt: field(required<number>('updated_at'), PLAIN, shown('updated_at', timeView, rfc3339)),
  /** For clients: an edit token. */
  version: field(required<number>('version'), PLAIN, shown('version', z.int())),
  description: field(optional<string>('description'), CONFIDENTIAL, setting('description', shortText(500), z.string())),
  /** Seconds, instead of the configured RETRY_SCHEDULE. */
  retrySchedule: field(
    optional<number[]>('retry_schedule'),
    PLAIN,
    setting('retry_schedule', retrySchedule, z.array(z.int())),
  ),
  /** Deliveries a second. */
  rateLimit: field(optional<number>('rate_limit'), PLAIN, setting('rate_limit', rateLimit, z.int())),
  maxConcurrency: field(
    optional<number>('max_concurrency'),
    PLAIN,
    setting('max_concurrency', maxConcurrency, z.int()),
  ),
  /** Both or neither. */
  disabledAt: field(optional<number>('disabled_at'), PLAIN, shown('disabled_at', timeView.optional(), rfc3339)),
  disabledReason: field(
    optional<DisabledReason>('disabled_reason'),
    PLAIN,
    shown(
      'disabled_reason',
      z.enum(DISABLED_REASONS).meta({ id: 'DisabledReason' }).optional().meta({
        description: 'manual: by hand. gone: the receiver answered 410. failing: it failed too long without a success.',
      }),
    ),
  ),
  shownOnce: derived(
    {
      rotation_ends_at: timeView.optional().meta({ description: 'Until then older keys sign along with the newest.' }),
      secret: z.string().optional().meta({
        description: '`whsec_` + base64: verifies the v1 signatures (HMAC-SHA256). Shown once, where it is made.',
      }),
      replay_job_id: z.string().optional().meta({
        description: 'Where enabling it began a replay: its job, as of POST /api/v1/dead-letters/redrive.',
      }),
    },
    ({ keys }: { keys: EndpointKeys[] }, { now, secret, replayJobId }: Context) => {
      const endsAt = rotationEnd(keys, now);
      return {
        rotation_ends_at: endsAt === undefined ? undefined : rfc3339(endsAt),
        secret: secret ? keys[0]?.secret : undefined,
        replay_job_id: replayJobId,
      };
    },
  ),
  /** When it was last disabled, or began to fail before that: where a replay begins. */
  replayFrom: field(optional<number>('replay_from'), PLAIN),
  /** Since then the API answers that there is none. Deliveries learn why, until it expires. */
  deletedAt: field(optional<number>('deleted_at'), PLAIN),
  /** Epoch seconds; absent until it is deleted. */
  expiresAt: field(optional<number>('expires_at'), PLAIN),
  /**
   * SHA-256 of the canonical request body, where the id derives from an Idempotency-Key: content
   * could be guessed by it.
   */
  fingerprint: field(optional<string>('fingerprint'), CONFIDENTIAL),
  /** Random per write: how a write recognises its own success. */
  writeId: field(required<string>('write_id'), PLAIN),
};

export interface Endpoint extends Stored<typeof endpointFields> {}

/** What a client may change. */
export type EndpointSettings = Input<typeof endpointFields> & Pick<Endpoint, 'headers'>;

export const isDisabled = (endpoint: { disabledAt?: number }): boolean => endpoint.disabledAt !== undefined;
export const isDeleted = (endpoint: Endpoint): boolean => endpoint.deletedAt !== undefined;

/** The keys that sign at `now`, newest first: during a rotation's overlap the old ones too. */
export const signingKeys = ({ keys }: Pick<Endpoint, 'keys'>, now: number): SigningKeys[] =>
  keys.filter(({ until }) => until === undefined || now < until);
