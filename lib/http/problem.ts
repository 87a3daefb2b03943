import { asServiceError, catalogue, type ErrorCode, type ServiceError } from '../errors.ts';
import type { Reply } from './types.ts';

/**
 * An absolute name for the kind of problem, the same on every deployment: RFC 9457 (3.1.1) resolves a
 * relative one against the request's URL, so each path would give a type of its own.
 */
export const problemType = (code: ErrorCode): string => `urn:problem-type:event-notification-service:${code}`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** This occurrence: the request id as a URN when it is a UUID, else the path (a relative reference). */
const instanceOf = (requestId: string, path: string): string =>
  UUID.test(requestId) ? `urn:uuid:${requestId}` : encodeURI(path.toWellFormed()).replaceAll('%25', '%');

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, string>> = { unavailable: '2', 'rate-limited': '1' };

const headersOf = (error: ServiceError): Record<string, string> => {
  const retryAfter = RETRY_AFTER_SECONDS[error.code];
  return { ...(retryAfter && { 'retry-after': retryAfter }), ...error.headers };
};

/** What an answer says about the caller's limits, it says when it is a refusal too. */
export const withHeaders = (error: unknown, headers: Record<string, string> = {}): ServiceError => {
  const known = asServiceError(error);
  Object.assign(known.headers, { ...headers, ...known.headers });
  return known;
};

export interface Occurrence {
  requestId: string;
  path: string;
}

/** RFC 9457. Extension members never displace the standard ones. */
export const problemDocument = (error: ServiceError, at: Occurrence) => {
  const { status, title } = catalogue[error.code];
  return {
    ...error.extensions,
    type: problemType(error.code),
    title,
    status,
    detail: error.detail,
    instance: instanceOf(at.requestId, at.path),
    code: error.code,
    ...(error.errors && { errors: error.errors }),
  };
};

export const problemReply = (error: ServiceError, at: Occurrence): Reply => ({
  status: catalogue[error.code].status,
  headers: headersOf(error),
  raw: { contentType: 'application/problem+json', body: JSON.stringify(problemDocument(error, at)) },
});
