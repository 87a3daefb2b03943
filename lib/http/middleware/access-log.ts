import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ServiceError } from '../../errors.ts';
import { clock } from '../../platform/clock.ts';
import { flushMetrics, log, metrics } from '../../telemetry/index.ts';
import { requestIdOf } from '../request.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** `POST /api/v1/events/` -> `/api/v1/events`; never the path itself, which holds ids and has no bound. */
export const templateOf = (event: APIGatewayProxyEventV2): string => {
  const path = event.routeKey?.split(' ')[1];
  if (path === undefined) return 'unmatched';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
};

/** As a label: an invented method must not make a series. */
export const boundedMethod = (method: string): string => (METHODS.has(method) ? method : 'OTHER');

/** The code that the caller gets, and in `reason` what only the operator may know. */
export const refusalOf = (error: unknown) =>
  error instanceof ServiceError ? { code: error.code, ...(error.reason && { reason: error.reason }) } : {};
/** What the operator needs and the caller must not see. */
const causeOf = (error: unknown) =>
  error instanceof ServiceError ? { ...refusalOf(error), ...(error.cause ? { error: error.cause } : {}) } : { error };

interface Finished {
  event: APIGatewayProxyEventV2;
  context: Parameters<typeof requestIdOf>[1];
  response?: APIGatewayProxyStructuredResultV2 | null | undefined;
  error?: unknown;
  internal: Record<string, unknown>;
}

const record = ({ event, context, response, error, internal }: Finished): void => {
  const durationMs = clock.monotonic() - (internal.startedAt as number);
  const route = {
    route: templateOf(event),
    method: boundedMethod(event.requestContext?.http?.method),
    status: response?.statusCode ?? 500,
  };
  const fields = { request_id: requestIdOf(event, context), ...route, duration_ms: Math.round(durationMs * 100) / 100 };
  metrics.httpRequest(route, durationMs / 1000);
  if (route.status >= 500) log.error('request', { ...fields, ...causeOf(error) });
  else log.info('request', { ...fields, ...refusalOf(error) });
  flushMetrics();
};

/**
 * One line and one observation per request: no query values, no bodies, no addresses.
 * @param spentMs what was done for the request before its handler was called
 */
export const accessLog = (
  spentMs: (event: APIGatewayProxyEventV2) => number = () => 0,
): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> => ({
  before: (request) => {
    (request.internal as Record<string, unknown>).startedAt = clock.monotonic() - spentMs(request.event);
  },
  after: (request) => record(request),
  onError: (request) => record(request),
});
