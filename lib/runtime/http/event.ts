import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { HEADERS_MAX } from '../../http/request.ts';
import type { Match } from './router.ts';

/**
 * The request target as path and query; undefined when it is neither origin-form nor absolute-form
 * (RFC 9112, 3.2).
 */
export const targetOf = (url: string): { path: string; query: string } | undefined => {
  const origin = url.startsWith('/') || url === '*' ? url : URL.canParse(url) && url.replace(/^[a-z]+:\/\/[^/?]*/i, '');
  if (origin === false) return undefined;
  const mark = origin.indexOf('?');
  const path = (mark < 0 ? origin : origin.slice(0, mark)) || '/';
  return { path, query: mark < 0 ? '' : origin.slice(mark + 1) };
};

export const headersOf = (request: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
  return headers;
};

/**
 * HTTP/1.1 wants a Host (RFC 9112, 3.2). Node would answer those that lack one in the middle of
 * other answers.
 */
export const lacksHost = ({ headers, httpVersion }: IncomingMessage): boolean =>
  httpVersion === '1.1' && headers.host === undefined;

/** Counted as they came: `headers` joins those with the same name. */
export const hasTooManyHeaders = ({ rawHeaders }: IncomingMessage): boolean => rawHeaders.length > 2 * HEADERS_MAX;

/** Bytes that are not UTF-8 go base64-encoded. */
export const addBody = (event: APIGatewayProxyEventV2, body: Buffer): void => {
  if (body.length === 0) return;
  event.isBase64Encoded = !isUtf8(body);
  event.body = body.toString(event.isBase64Encoded ? 'base64' : 'utf8');
};

/** A node request -> the event that an HTTP API (payload 2.0) makes of it, but for its body. */
export const apiGatewayEvent = (
  request: IncomingMessage,
  at: { match: Match; path: string; query: string; requestId: string; now: Date },
): APIGatewayProxyEventV2 => {
  const headers = headersOf(request);
  const method = request.method ?? 'GET';
  return {
    version: '2.0',
    routeKey: at.match.routeKey,
    rawPath: at.path,
    rawQueryString: at.query,
    headers,
    pathParameters: at.match.params,
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'runtime',
      domainName: headers.host ?? '',
      domainPrefix: '',
      http: {
        method,
        path: at.path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: at.requestId,
      routeKey: at.match.routeKey,
      stage: '$default',
      time: at.now.toISOString(),
      timeEpoch: at.now.getTime(),
    },
  };
};
