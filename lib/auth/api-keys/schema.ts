/** A key's forms outside: what the admin API takes and shows. */

import * as z from 'zod';
import { idOf } from '../../schema/ids.ts';
import { omitUndefined, textOf } from '../../schema/omit-undefined.ts';
import { OVERLAP_DEFAULT_SECONDS } from '../../schema/rotation.ts';
import { parseTime } from '../../schema/time.ts';
import { timeMember } from '../../schema/time-schemas.ts';
import { makeView, viewShape } from '../../store/fields.ts';
import { SCOPES } from '../principal.ts';
import { type ApiKey, apiKeyFields, scopeSchema } from './api-key.ts';

const OVERLAP_MAX_SECONDS = 30 * 86_400;

export const apiKeyParams = z.object({ id: idOf('key_') });

const fields = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ description: 'For people: what uses it.', examples: ['billing'] }),
  scopes: z
    .array(scopeSchema)
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
  .strictObject({ ...fields, expires_at: timeMember.optional().meta({ description: 'RFC 3339. Without it, never.' }) })
  .meta({ id: 'NewApiKey' });

/** What can be judged of a body that may break the schema. */
export const judgeable = ({ expires_at, rate_limit }: Record<string, unknown>) =>
  omitUndefined({
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

export const apiKeyViewSchema = z.object(viewShape(apiKeyFields)).meta({ id: 'ApiKey' });
export const issuedApiKeyViewSchema = z
  .object({
    ...viewShape(apiKeyFields),
    token: z.string().meta({ description: 'Shown this once: only its hash is kept.' }),
  })
  .meta({ id: 'IssuedApiKey' });

/** Takes the business time beside the key. */
export const viewApiKey = makeView<typeof apiKeyFields, ApiKey, number>(apiKeyFields);

export const viewIssued = ({ key, token }: { key: ApiKey; token: string }, now: number) => ({
  ...viewApiKey(key, now),
  token,
});
