/**
 * What a verified token says, and why one is refused. An issuer may put anything into a claim: each
 * that is used is checked.
 */
import { errors } from 'jose';
import * as z from 'zod';
import { DEFAULT_TENANT, TENANT } from '../../schema/tenant.ts';
import { type Refusal, unauthorized } from '../api-keys/credentials.ts';
import { type Principal, SCOPES } from '../principal.ts';

export interface JwtSettings {
  issuer: string;
  audience: string;
  jwksUrl: string;
  /** A string of words, or a list of them. */
  scopeClaim: string;
  /** Undefined: every caller is of the tenant `default`. */
  tenantClaim?: string;
}

/** OpenID Connect Core 1.0, section 2. */
const SUBJECT_MAX = 255;

const text = z.string();
const words = z.union([text.transform((value) => value.split(' ')), z.array(text)]);
const seconds = z.number();
const registered = z.object({
  sub: text.min(1).max(SUBJECT_MAX),
  aud: z.union([text, z.array(text)]),
  exp: seconds,
  nbf: seconds.optional(),
  iat: seconds.optional(),
});

const BY_CLAIM: Record<string, Refusal> = { iss: 'issuer', aud: 'audience', sub: 'subject' };

/** Words of ours alone: these errors hold the token's claims. */
export const refusalOf = (error: errors.JOSEError): Refusal => {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf' && error.reason === 'check_failed') return 'not_yet_valid';
    return BY_CLAIM[error.claim] ?? 'claim';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown_key';
  return error instanceof errors.JOSEAlgNotAllowed ? 'algorithm' : 'malformed';
};

interface Said {
  subject: string;
  tenant: string;
  scopes: Principal['scopes'];
}

/** Throws `unauthorized` when a claim that is used has another form than it must have. */
export const readClaims = (payload: unknown, { scopeClaim, tenantClaim }: JwtSettings): Said => {
  const claims = payload as Record<string, unknown>;
  const { data, error } = registered.safeParse(claims);
  if (error) throw unauthorized(BY_CLAIM[String(error.issues[0]?.path[0])] ?? 'claim');
  const granted = words.optional().safeParse(claims[scopeClaim]);
  if (!granted.success) throw unauthorized('claim');
  const tenant = tenantClaim === undefined ? DEFAULT_TENANT : claims[tenantClaim];
  if (typeof tenant !== 'string' || !TENANT.test(tenant)) throw unauthorized('tenant');
  return { subject: data.sub, tenant, scopes: SCOPES.filter((scope) => granted.data?.includes(scope)) };
};
