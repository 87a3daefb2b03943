/** What every middleware reads off an API Gateway event. */
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { validationFailed } from '../errors.ts';

export const HEADERS_MAX = 100;
export const HEADER_BYTES_MAX = 16_384;

/** Safe in a log line, a header and a URN. */
const REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;

/** The caller's own id for this request when it gave a usable one, else API Gateway's. */
export const requestIdOf = (event: APIGatewayProxyEventV2, context: Context): string => {
  const given = event.headers?.['x-request-id'] ?? event.headers?.['x-correlation-id'];
  if (given !== undefined && REQUEST_ID.test(given)) return given;
  return event.requestContext?.requestId ?? context.awsRequestId;
};

/** Names in lower case. Throws `validation-failed` when there are too many. */
export const headersOf = (event: APIGatewayProxyEventV2): Record<string, string | undefined> => {
  const headers: Record<string, string | undefined> = Object.create(null);
  let count = 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    count += 1;
    bytes += name.length + (value?.length ?? 0);
    headers[name.toLowerCase()] = value;
  }
  const refuse = (detail: string) => validationFailed([{ pointer: '/header', detail }]);
  if (count > HEADERS_MAX) throw refuse(`must be at most ${HEADERS_MAX} headers`);
  if (bytes > HEADER_BYTES_MAX) throw refuse(`must be at most ${HEADER_BYTES_MAX} bytes in all`);
  return headers;
};
