/** `AUTH_MODE=jwt`: who an access token of the configured issuer speaks for. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { ServiceError } from '../errors.ts';
import type { Clock, Log } from '../ports.ts';
import { derivedId } from '../random.ts';
import { bearerOf, unauthorized } from './credentials.ts';
import type { Authenticate } from './guard.ts';
import { makeJwks } from './jwks.ts';
import { DEFAULT_TENANT, type Principal, SCOPES, TENANT } from './principal.ts';

/** Public-key signatures alone: no `none`, and no HS*, whose verifier could sign too (RFC 8725, 3.1). */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const TOLERANCE_SECONDS = 30;

export interface JwtSettings {
  issuer: string;
  audience: string;
  jwksUrl: string;
  /** A string of words, or a list. */
  scopeClaim: string;
  /** Undefined: everybody is the tenant `default`. */
  tenantClaim?: string;
}

/** What a log may show as it is; another subject might be a person's address. */
const PLAIN_SUBJECT = /^[A-Za-z0-9._:|/-]{1,128}$/;

const idOf = (subject: string): string => (PLAIN_SUBJECT.test(subject) ? `jwt:${subject}` : derivedId('jwt_', subject));

const scopesOf = (claim: unknown): Principal['scopes'] => {
  const words: unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return SCOPES.filter((scope) => words.includes(scope));
};

const tenantOf = (claims: JWTPayload, { tenantClaim }: JwtSettings): string => {
  if (tenantClaim === undefined) return DEFAULT_TENANT;
  const tenant = claims[tenantClaim];
  if (typeof tenant === 'string' && TENANT.test(tenant)) return tenant;
  throw unauthorized();
};

export const makeJwtAuthenticate = (ports: { clock: Clock; log: Log }, settings: JwtSettings): Authenticate => {
  const keys = makeJwks({ ...ports, url: settings.jwksUrl });

  const verified = async (token: string): Promise<JWTPayload> => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: new Date(ports.clock.real()),
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthorized();
      // The issuer does not answer, or with keys that are none.
      throw new ServiceError('unavailable', 'The credentials cannot be checked now; try again.', { cause: error });
    }
  };

  return async (headers) => {
    const claims = await verified(bearerOf(headers));
    if (!claims.sub) throw unauthorized();
    return {
      principal: {
        tenant: tenantOf(claims, settings),
        scopes: scopesOf(claims[settings.scopeClaim]),
        id: idOf(claims.sub),
      },
    };
  };
};
