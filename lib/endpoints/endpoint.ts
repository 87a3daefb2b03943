/** The noun: a receiver of webhooks with its own keys, headers and limits. What may happen to it is in `state/endpoint-state.ts`. */

import * as z from 'zod';
import type { DisabledReason } from '../schema/reasons.ts';
import { ATTEMPTS_MAX, RETRY_DELAY_MAX_SECONDS } from '../schema/retry-schedule.ts';
import { type EndpointKeys, isSecret, paddedSecret, SECRET_RULE, type SigningKeys } from '../schema/signing-keys.ts';
import { shortText } from '../schema/text.ts';
import { evenIfMembersAreWrong } from '../schema/whole.ts';

export const HEADERS_MAX = 20;
const HEADER_VALUE_MAX = 2_048;
/** All names and values together: common servers refuse a request whose headers take more than 8 KB. */
const HEADERS_CHARACTERS_MAX = 6_144;
export const RATE_LIMIT_MAX = 1_000;
export const CONCURRENCY_MAX = 100;
export const OVERLAP_SECONDS_DEFAULT = 86_400;
export const OVERLAP_SECONDS_MAX = 7 * 86_400;

const HEADER_NAME = /^[a-z][a-z0-9_-]{0,63}$/;
/** What the connection, the body or the signature decides, and nobody else: RFC 9110 (7.6.1) and what we send ourselves. */
const RESERVED =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|expect|content-.*|webhook-.*|user-agent|traceparent|tracestate)$/;
/** Visible ASCII, blanks and tabs inside alone: RFC 9110 (5.5) without what is obsolete. */
const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/;

const headerValue = z
  .string()
  .max(HEADER_VALUE_MAX, `must be at most ${HEADER_VALUE_MAX} characters`)
  .regex(HEADER_VALUE, 'must be printable ASCII without blanks around it');

const nameProblem = (name: string, names: string[]): string | undefined => {
  const lower = name.toLowerCase();
  if (!HEADER_NAME.test(lower)) return 'must be named by a letter, then letters, digits, - and _, at most 64 in all';
  if (RESERVED.test(lower)) return 'is set by the service itself';
  return names.some((other) => other !== name && other.toLowerCase() === lower) ? 'must be named once' : undefined;
};

/** What is wrong with all of them together, given or merged. */
export const headersProblem = (headers: Record<string, unknown>): string | undefined => {
  if (Object.keys(headers).length > HEADERS_MAX) return `must be at most ${HEADERS_MAX} headers`;
  const characters = Object.entries(headers).flat().join('').length;
  return characters > HEADERS_CHARACTERS_MAX
    ? `must be at most ${HEADERS_CHARACTERS_MAX} characters in all`
    : undefined;
};

/** Names come out in lower case; one given in two spellings would be two answers to one question. */
const namedHeaders = <V>(value: z.ZodType<V>) =>
  z
    .record(z.string(), value)
    .superRefine((headers, context) => {
      const problem = headersProblem(headers);
      // Too many are not looked at one by one.
      if (problem) return context.addIssue({ code: 'custom', message: problem });
      const names = Object.keys(headers);
      for (const name of names) {
        // One that an earlier release took may be removed, whatever is reserved now.
        const message =
          headers[name] === null && RESERVED.test(name.toLowerCase()) ? undefined : nameProblem(name, names);
        if (message) context.addIssue({ code: 'custom', path: [name], message });
      }
    }, evenIfMembersAreWrong)
    .transform((headers) =>
      Object.fromEntries(Object.entries(headers).map(([name, one]): [string, V] => [name.toLowerCase(), one])),
    );

const url = z
  .string()
  .min(1)
  .max(2048, 'must be at most 2048 characters')
  .meta({
    description: 'https, at a public address; checked again on every connection.',
    examples: ['https://example.com/hooks'],
  });
const description = shortText(500);
const retrySchedule = z
  .array(z.int().min(0).max(RETRY_DELAY_MAX_SECONDS))
  .min(1)
  .max(ATTEMPTS_MAX)
  .meta({ description: 'Seconds before each attempt, the first included; its length is the number of attempts.' });
const rateLimit = z.int().min(1).max(RATE_LIMIT_MAX).meta({ description: 'Deliveries a second.' });
const maxConcurrency = z.int().min(1).max(CONCURRENCY_MAX).meta({ description: 'Deliveries under way at once.' });
const secret = z
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

export const newEndpointSchema = z
  .strictObject({
    url,
    description: description.optional(),
    headers: namedHeaders(headerValue).optional().meta(headersMeta),
    retry_schedule: retrySchedule.optional(),
    rate_limit: rateLimit.optional(),
    max_concurrency: maxConcurrency.optional(),
    secret,
  })
  .meta({ id: 'NewEndpoint' });
export type NewEndpoint = z.output<typeof newEndpointSchema>;

/** Merged (RFC 7396): what is absent stays, `null` removes; `headers` are merged name by name. */
export const endpointPatchSchema = z
  .strictObject({
    url: url.optional(),
    description: description.nullable().optional(),
    headers: namedHeaders(headerValue.nullable())
      .nullable()
      .optional()
      .meta({ description: 'Merged name by name; `null` removes one, or all of them.' }),
    retry_schedule: retrySchedule.nullable().optional(),
    rate_limit: rateLimit.nullable().optional(),
    max_concurrency: maxConcurrency.nullable().optional(),
  })
  .refine((patch) => Object.keys(patch).length > 0, {
    message: 'must change something',
    ...evenIfMembersAreWrong,
  })
  .meta({ id: 'EndpointPatch', minProperties: 1 });
export type EndpointPatch = z.output<typeof endpointPatchSchema>;

export const rotateSecretSchema = z
  .strictObject({
    secret,
    overlap_seconds: z
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .optional()
      .meta({ description: `How long the old keys sign along with the new ones. Default ${OVERLAP_SECONDS_DEFAULT}.` }),
  })
  .meta({ id: 'RotateSecret' });
export type RotateSecret = z.output<typeof rotateSecretSchema>;

export const enableSchema = z
  .strictObject({
    replay: z.boolean().optional().meta({
      description: 'Also redrives what died since it was last disabled, or began to fail before that. Default false.',
    }),
  })
  .meta({ id: 'EnableEndpoint' });

/** What a client may change. */
export interface EndpointSettings {
  /** As `checkWebhookUrl` made it. */
  url: string;
  description?: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Seconds, instead of the configured RETRY_SCHEDULE. */
  retrySchedule?: number[];
  /** Deliveries a second. */
  rateLimit?: number;
  maxConcurrency?: number;
}

/** The configuration. What deliveries learn about it is another item, `EndpointHealth`. Times are epoch ms, business time. */
export interface Endpoint extends EndpointSettings {
  /** `end_` + 26 characters. */
  id: string;
  tenant: string;
  /** Newest first, at least one until it is deleted. */
  keys: EndpointKeys[];
  /** Both or neither. */
  disabledAt?: number;
  disabledReason?: DisabledReason;
  /** When it was last disabled, or began to fail before that: where a replay begins. */
  replayFrom?: number;
  /** Whoever asks is told that there is none; deliveries are told why, until it expires. */
  deletedAt?: number;
  /** For clients: an edit token. */
  version: number;
  createdAt: number;
  updatedAt: number;
  /** Epoch seconds; absent until it is deleted. */
  expiresAt?: number;
  /** SHA-256 of the canonical request body, where the id derives from an Idempotency-Key. */
  fingerprint?: string;
  /** Random per write: how a write recognises its own success. */
  writeId: string;
}

export const isDisabled = (endpoint: Endpoint): boolean => endpoint.disabledAt !== undefined;
export const isDeleted = (endpoint: Endpoint): boolean => endpoint.deletedAt !== undefined;

/** The keys that sign at `now`, newest first: during a rotation's overlap the old ones too. */
export const signingKeys = ({ keys }: Pick<Endpoint, 'keys'>, now: number): SigningKeys[] =>
  keys.filter(({ until }) => until === undefined || now < until);

/** What deliveries have learnt about an endpoint; written by them alone, and forgotten when it is enabled or moves. */
export interface EndpointHealth {
  circuit: 'closed' | 'open' | 'half_open';
  consecutiveFailures: number;
  /** The first of the present series of failures, epoch ms. */
  failingSince?: number;
  /** Short, public, free of personal data. */
  lastError?: string;
  nextProbeAt?: number;
}
