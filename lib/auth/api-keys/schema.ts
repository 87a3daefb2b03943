/** A key's forms outside: what the admin API takes and shows. */
import * as z from 'zod';
import { given, textOf } from '../../schema/omit-undefined.ts';
import { rotationEnd } from '../../schema/rotation.ts';
import { parseTime, rfc3339 } from '../../schema/time.ts';
import { SCOPES } from '../principal.ts';
import { type ApiKey, isActive } from './api-key.ts';

export const OVERLAP_DEFAULT_SECONDS = 86_400;
const OVERLAP_MAX_SECONDS = 30 * 86_400;

export const apiKeyParams = z.object({ id: z.string().regex(/^key_[0-9a-z]{26}$/) });

const expiry = z
  .string()
  .refine((text) => parseTime(text) !== undefined, 'must be an RFC 3339 time')
  .transform((text) => parseTime(text)?.epochMilliseconds ?? Number.NaN);

const scope = z.enum(SCOPES).meta({ id: 'Scope' });

const fields = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ description: 'For people: what uses it.', examples: ['billing'] }),
  scopes: z
    .array(scope)
    .min(1)
    .max(SCOPES.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must not repeat itself')
    .meta({ description: '`admin` may do everything within its tenant.', uniqueItems: true }),
  rate_limit: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .meta({ description: 'Requests a second; without it the configured one.' }),
};
export const newApiKeySchema = z
  .strictObject({ ...fields, expires_at: expiry.optional().meta({ description: 'RFC 3339. Without it, never.' }) })
  .meta({ id: 'NewApiKey' });

/** What can be judged of a body that may break the schema. */
export const judgeable = ({ expires_at, rate_limit }: Record<string, unknown>) =>
  given({
    expiresAt: parseTime(textOf(expires_at) ?? '')?.epochMilliseconds,
    rateLimit: typeof rate_limit === 'number' ? rate_limit : undefined,
  });

export const rotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(OVERLAP_MAX_SECONDS)
      .optional()
      .meta({
        description: `How long earlier secrets stay valid: 0 ends them, which every process knows within 30 s; default ${OVERLAP_DEFAULT_SECONDS}.`,
      }),
  })
  .meta({ id: 'Rotation' });

const time = z.string().meta({ format: 'date-time', examples: ['2027-05-25T07:00:00.000Z'] });

const view = z.object({
  id: z.string().meta({ examples: ['key_01h9xk3f7v5m2n8p4q6r0s1t2w'] }),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(scope),
  created_at: time,
  expires_at: time.optional(),
  last_used_at: time.optional().meta({ description: 'To within some minutes.' }),
  rotated_at: time.optional(),
  rotation_ends_at: time.optional().meta({ description: 'Until then earlier secrets are good beside the newest.' }),
  revoked_at: time.optional(),
  rate_limit: z.int().optional(),
});
export const apiKeyViewSchema = view.meta({ id: 'ApiKey' });
export const issuedApiKeyViewSchema = view
  .extend({ token: z.string().meta({ description: 'Shown this once: only its hash is kept.' }) })
  .meta({ id: 'IssuedApiKey' });

const timeOf = <K extends string>(name: K, at: number | undefined): { [P in K]?: string } =>
  (at === undefined ? {} : { [name]: rfc3339(at) }) as { [P in K]?: string };

/** @param now business time */
export const viewApiKey = (key: ApiKey, now: number): z.output<typeof apiKeyViewSchema> => ({
  id: key.id,
  name: key.name,
  tenant: key.tenant,
  scopes: [...key.scopes],
  created_at: rfc3339(key.createdAt),
  ...timeOf('expires_at', key.expiresAt),
  ...timeOf('last_used_at', key.lastUsedAt),
  ...timeOf('rotated_at', key.rotatedAt),
  ...timeOf('rotation_ends_at', isActive(key, now) ? rotationEnd(key.secrets, now) : undefined),
  ...timeOf('revoked_at', key.revokedAt),
  ...(key.rateLimit !== undefined && { rate_limit: key.rateLimit }),
});

export const viewIssued = ({ key, token }: { key: ApiKey; token: string }, now: number) => ({
  ...viewApiKey(key, now),
  token,
});
