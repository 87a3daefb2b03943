/** How a caller shows who it is, and how it is told that it did not (RFC 6750). */
import { ServiceError } from '../errors.ts';
import type { Scope } from './principal.ts';

/** Names in lower case. */
export type Headers = Record<string, string | undefined>;

const REALM = 'Bearer realm="event-notification-service"';
/** b64token, RFC 6750 (2.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** One sentence for every reason: whether a key exists, was revoked or has expired is nobody's business but its owner's. */
export const unauthorized = (): ServiceError =>
  new ServiceError('unauthorized', 'The credentials are not valid, or no longer.', {
    headers: { 'www-authenticate': `${REALM}, error="invalid_token"` },
  });

/** Without credentials there is no error to name (RFC 6750, 3.1). */
const missing = (how: string): ServiceError =>
  new ServiceError('unauthorized', `Credentials are required: ${how}.`, { headers: { 'www-authenticate': REALM } });

export const forbidden = (scope: Scope, headers: Record<string, string>): ServiceError =>
  new ServiceError('forbidden', `The scope ${scope} is required.`, {
    headers: { ...headers, 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` },
  });

/** The token of `Authorization: Bearer`. Throws `unauthorized`. */
export const bearerOf = ({ authorization }: Headers): string => {
  if (authorization === undefined) throw missing('Authorization: Bearer <token>');
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token === undefined) throw unauthorized();
  return token;
};

/** As {@link bearerOf}, or `x-api-key`; two that differ are nobody's. */
export const keyOf = (headers: Headers): string => {
  const direct = headers['x-api-key'];
  if (direct === undefined && headers.authorization === undefined) {
    throw missing('Authorization: Bearer <key>, or x-api-key');
  }
  const token = headers.authorization === undefined ? direct : bearerOf(headers);
  if (token === undefined || (direct !== undefined && direct !== token)) throw unauthorized();
  return token;
};
