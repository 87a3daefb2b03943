/** How a caller proves who it is, and the answer when it does not (RFC 6750). */
import { ServiceError } from '../../errors.ts';
import type { Scope } from '../principal.ts';

/** Names in lower case. */
export type Headers = Record<string, string | undefined>;

const REALM = 'Bearer realm="event-notification-service"';
/** b64token, RFC 6750 (2.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Why credentials are refused: for the log, where an operator finds it by the request's id. */
export type Refusal =
  | 'missing'
  | 'malformed'
  | 'contradictory'
  | 'algorithm'
  | 'signature'
  | 'unknown_key'
  | 'wrong_secret'
  | 'revoked'
  | 'expired'
  | 'not_yet_valid'
  | 'issuer'
  | 'audience'
  | 'subject'
  | 'tenant'
  | 'claim';

/**
 * The answer is the same for every reason, as strangers must not learn whether a key exists, was
 * revoked or has expired.
 */
export const unauthorized = (reason: Refusal): ServiceError =>
  new ServiceError('unauthorized', 'The credentials are not valid, or no longer.', {
    headers: { 'www-authenticate': `${REALM}, error="invalid_token"` },
    reason,
  });

/** Neither right nor wrong, as what they are checked against cannot be had. */
export const cannotCheck = (cause: unknown, retryAfterSeconds?: number): ServiceError =>
  new ServiceError('unavailable', 'The credentials cannot be checked now; try again.', {
    cause,
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  });

/** Without credentials there is no error to name (RFC 6750, 3.1). */
const missing = (how: string): ServiceError =>
  new ServiceError('unauthorized', `Credentials are required: ${how}.`, {
    headers: { 'www-authenticate': REALM },
    reason: 'missing' satisfies Refusal,
  });

export const forbidden = (scope: Scope, headers: Record<string, string>): ServiceError =>
  new ServiceError('forbidden', `The scope ${scope} is required.`, {
    headers: { ...headers, 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` },
  });

/** The token of `Authorization: Bearer`. Throws `unauthorized`. */
export const bearerOf = ({ authorization }: Headers): string => {
  if (authorization === undefined) throw missing('Authorization: Bearer <token>');
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token === undefined) throw unauthorized('malformed');
  return token;
};

/** As {@link bearerOf}, or `x-api-key`. Two that differ are refused. */
export const keyOf = (headers: Headers): string => {
  const direct = headers['x-api-key'];
  if (direct === undefined && headers.authorization === undefined) {
    throw missing('Authorization: Bearer <key>, or x-api-key');
  }
  const token = headers.authorization === undefined ? direct : bearerOf(headers);
  if (token === undefined || (direct !== undefined && direct !== token)) throw unauthorized('contradictory');
  return token;
};
