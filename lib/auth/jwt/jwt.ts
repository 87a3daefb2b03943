/** `AUTH_MODE=jwt`: the principal of an access token of the configured issuer. */
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import { ServiceError } from '../../errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/random.ts';
import type { Log } from '../../telemetry/log-interface.ts';
import { bearerOf, cannotCheck, unauthorized } from '../api-keys/credentials.ts';
import type { Authenticate } from '../guard.ts';
import { type JwtSettings, readClaims, refusalOf } from './claims.ts';
import { makeJwks } from './jwks.ts';

/** Public-key signatures alone: no `none`, and no HS*, whose verifier could sign too (RFC 8725, 3.1). */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const TOLERANCE_SECONDS = 30;
/** Of those that may have signed a token without `kid`. */
const CANDIDATES_MAX = 16;

/** What a log may show as it is; another subject might be a person's address. */
const PLAIN_SUBJECT = /^[A-Za-z0-9._:|/-]{1,128}$/;

const idOf = (subject: string): string => (PLAIN_SUBJECT.test(subject) ? `jwt:${subject}` : derivedId('jwt_', subject));

/** By the key that the token names, or by each that may have signed it. Throws a JOSEError. */
const verify = async (token: string, find: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<unknown> => {
  try {
    return (await jwtVerify(token, find, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let left = CANDIDATES_MAX;
    for await (const key of error) {
      const outcome = await jwtVerify(token, key, options).catch((failure: unknown) => failure);
      if (!(outcome instanceof Error)) return (outcome as { payload: unknown }).payload;
      if (!(outcome instanceof errors.JWSSignatureVerificationFailed)) throw outcome;
      left -= 1;
      if (left === 0) break;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
};

export type { JwtSettings } from './claims.ts';

export const makeJwtAuthenticate = (ports: { clock: Clock; log: Log }, settings: JwtSettings): Authenticate => {
  const jwks = makeJwks({ ...ports, url: settings.jwksUrl });

  const verified = async (token: string): Promise<unknown> => {
    const options = {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(ports.clock.real()),
      requiredClaims: ['exp', 'sub'],
    };
    try {
      return await jwks.use((find) => verify(token, find, options));
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthorized(refusalOf(error));
      throw error instanceof ServiceError ? error : cannotCheck(error);
    }
  };

  return async (headers) => {
    const { subject, tenant, scopes } = readClaims(await verified(bearerOf(headers)), settings);
    return { principal: { tenant, scopes, id: idOf(subject) } };
  };
};
