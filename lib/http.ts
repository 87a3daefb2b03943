/** The one HTTP stack: API Gateway HTTP API events (payload 2.0) in, problem documents and JSON out. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ZodType } from 'zod';
import type { Admitted } from './auth/guard.ts';
import { DEFAULT_TENANT } from './auth/principal.ts';
import { ServiceError } from './errors.ts';
import { accessLog } from './http/access-log.ts';
import { bodyBytesOf } from './http/body.ts';
import { asServiceError, problemReply } from './http/problem.ts';
import { headersOf, parseRequest, requestIdOf } from './http/request.ts';
import { respond } from './http/response.ts';
import type { HttpHandler, RouteHandler, RouteOptions } from './http/types.ts';
import { withLogFields } from './telemetry.ts';

export { parseJson } from './http/json.ts';
export { problemType } from './http/problem.ts';
export type { HttpHandler, Reply, RouteHandler, RouteOptions, RouteRequest } from './http/types.ts';
export { check, validated } from './http/validate.ts';

/** Answered by us, in our format, before the function's own timeout cuts the answer off. */
const TIMEOUT_EARLY_MS = 250;

const tooSlow = (): never => {
  throw new ServiceError('unavailable', 'The answer took too long. Try again.');
};

/** z.object() drops what it does not know; a query parameter that does nothing is a mistake the caller should hear of. */
const strictly = <Q>(schema: ZodType<Q> | 'ignored' | undefined): ZodType<Q> | 'ignored' | undefined =>
  typeof schema === 'object' && 'strict' in schema && typeof schema.strict === 'function' ? schema.strict() : schema;

const tenantOf = (admitted: Admitted | undefined): string => admitted?.principal.tenant ?? DEFAULT_TENANT;

/** What an answer says about the caller's limits, it says when it is a refusal too. */
const withHeaders = (error: unknown, headers: Record<string, string> = {}): ServiceError => {
  const known = asServiceError(error);
  Object.assign(known.headers, { ...headers, ...known.headers });
  return known;
};

/**
 * A Lambda handler for one route, open to everybody unless its options have an `admit` (lib/route.ts). The handler gets what the schemas made of the request and throws ServiceError for what
 * a caller may know; anything else it throws is a 500 that says nothing. Every answer carries `x-request-id`.
 */
export const openRoute = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  declared: RouteOptions<B, Q, P>,
  handler: RouteHandler<B, Q, P>,
): HttpHandler => {
  const query = strictly(declared.query);
  const options = { ...declared, ...(query && { query }) };
  const answer = async (event: APIGatewayProxyEventV2, context: Context) => {
    const requestId = requestIdOf(event, context);
    const given = headersOf(event);
    // Before anything else is looked at: who may not come in learns nothing of what is inside.
    const admitted = await options.admit?.(given, bodyBytesOf(event));
    try {
      const reply = await handler(
        parseRequest(event, { requestId, headers: given, tenant: tenantOf(admitted) }, options),
      );
      const headers = { ...admitted?.headers, ...reply.headers };
      return respond({ status: options.status ?? 200, ...reply, headers }, event.requestContext.http.method, requestId);
    } catch (error) {
      throw withHeaders(error, admitted?.headers);
    } finally {
      await admitted?.background;
    }
  };
  // onError runs last-registered first: the problem is made before the access log, which encloses everything, sees it.
  const stack = middy<APIGatewayProxyEventV2>({ timeoutEarlyInMillis: TIMEOUT_EARLY_MS, timeoutEarlyResponse: tooSlow })
    .use(accessLog())
    .onError((request) => {
      const { event, context } = request;
      const requestId = requestIdOf(event, context);
      const reply = problemReply(asServiceError(request.error), { requestId, path: event.rawPath });
      request.response = respond(reply, event.requestContext.http.method, requestId);
    })
    .handler(answer) as unknown as HttpHandler;
  return (event, context) => withLogFields({ request_id: requestIdOf(event, context) }, () => stack(event, context));
};
