/** The configuration of authentication; a part of lib/config.ts. */
import * as z from 'zod';
import { oneOf, webUrl, whole } from '../platform/variables.ts';
import type { JwtSettings } from './jwt/jwt.ts';

const RATE_LIMIT_DEFAULT = 100;
/** A tenant's limit, unless it is said, in limits of one principal. */
const TENANT_RATE_SHARE = 10;

export const authFields = {
  AUTH_MODE: oneOf('none', 'api-key', 'jwt').default('api-key'),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_JWKS_URL: webUrl().optional(),
  JWT_SCOPE_CLAIM: z.string().default('scope'),
  JWT_TENANT_CLAIM: z.string().optional(),
  RATE_LIMIT: whole(0, 100_000).optional(),
  TENANT_RATE_LIMIT: whole(0, 1_000_000).optional(),
  KEYS_MAX: whole(1, 1_000).prefault('100'),
};

interface AuthConfig {
  AUTH_MODE: 'none' | 'api-key' | 'jwt';
  JWT_ISSUER?: string | undefined;
  JWT_AUDIENCE?: string | undefined;
  JWT_JWKS_URL?: string | undefined;
  JWT_SCOPE_CLAIM: string;
  JWT_TENANT_CLAIM?: string | undefined;
  RATE_LIMIT?: number | undefined;
  TENANT_RATE_LIMIT?: number | undefined;
}

const NEEDED_BY_JWT = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'];

/** Rules between variables, on the environment as it is. */
export const authProblems = (environment: Record<string, string | undefined>): string[] => {
  const { STAGE, AUTH_MODE, JWT_JWKS_URL = '' } = environment;
  const missing = AUTH_MODE === 'jwt' ? NEEDED_BY_JWT.filter((name) => !environment[name]) : [];
  const plain = /^http:/i.test(JWT_JWKS_URL) && STAGE !== 'local';
  return [
    ...(AUTH_MODE === 'none' && STAGE !== 'local' ? ['  AUTH_MODE: must not be none but in the stage local'] : []),
    ...missing.map((name) => `  ${name}: is required when AUTH_MODE is jwt`),
    ...(plain ? ['  JWT_JWKS_URL: must be https but in the stage local'] : []),
  ];
};

/** Of a configuration whose AUTH_MODE is jwt. */
export const jwtSettings = (config: AuthConfig): JwtSettings => ({
  issuer: config.JWT_ISSUER ?? '',
  audience: config.JWT_AUDIENCE ?? '',
  jwksUrl: config.JWT_JWKS_URL ?? '',
  scopeClaim: config.JWT_SCOPE_CLAIM,
  ...(config.JWT_TENANT_CLAIM !== undefined && { tenantClaim: config.JWT_TENANT_CLAIM }),
});

/** Requests a second for one principal, 0 = no limit; without authentication none unless it is set. */
export const rateLimitOf = ({ RATE_LIMIT, AUTH_MODE }: AuthConfig): number =>
  RATE_LIMIT ?? (AUTH_MODE === 'none' ? 0 : RATE_LIMIT_DEFAULT);

/** Requests a second for all principals of one tenant together, 0 = no limit. */
export const tenantRateLimitOf = (config: AuthConfig): number =>
  config.TENANT_RATE_LIMIT ?? TENANT_RATE_SHARE * rateLimitOf(config);
