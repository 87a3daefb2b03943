/** The one HTTP stack: API Gateway HTTP API events (payload 2.0) in, problem documents and JSON out. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ZodType } from 'zod';
import { ServiceError } from '../errors.ts';
import { DEFAULT_TENANT } from '../schema/tenant.ts';
import { withLogFields } from '../telemetry/index.ts';
import { accessLog } from './access-log.ts';
import { baseUrlOf, withAbsoluteLinks } from './base-url.ts';
import { bodyBytesOf } from './body.ts';
import { makeEntry } from './entry.ts';
import { asServiceError, problemReply, withHeaders } from './problem.ts';
import { doesTakeBody, parseRequest, requestIdOf } from './request.ts';
import { respond } from './response.ts';
import type { Caller, HttpHandler, HttpResult, RouteHandler, RouteOptions } from './types.ts';

export { parseJson } from '../schema/json.ts';
export { check, validated } from '../schema/validate.ts';
export { problemType } from './problem.ts';
export type { HttpHandler, Reply, RouteHandler, RouteOptions, RouteRequest } from './types.ts';

type Call = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResult>;

/** Answered by us, in our format, before the function's own timeout cuts the answer off. */
const TIMEOUT_EARLY_MS = 250;

const tooSlow = (): never => {
  throw new ServiceError('unavailable', 'The answer took too long. Try again.');
};

/** z.object() drops what it does not know; a query parameter that does nothing is a mistake the caller should hear of. */
const strictly = <Q>(schema: ZodType<Q> | 'ignored' | undefined): ZodType<Q> | 'ignored' | undefined =>
  typeof schema === 'object' && 'strict' in schema && typeof schema.strict === 'function' ? schema.strict() : schema;

/**
 * A Lambda handler for one route, open to everybody unless its options have an `admit` (lib/http/route.ts). The handler gets what the schemas made of the request and throws ServiceError for what
 * a caller may know; anything else it throws is a 500 that says nothing. Every answer carries `x-request-id`.
 */
export const openRoute = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  declared: RouteOptions<B, Q, P>,
  handler: RouteHandler<B, Q, P>,
): HttpHandler => {
  const query = strictly(declared.query);
  const options = { ...declared, ...(query && { query }) };
  const takesBody = doesTakeBody(options);
  const entry = makeEntry({ takesBody, admit: options.admit });
  const answer = async (event: APIGatewayProxyEventV2, context: Context) => {
    const requestId = requestIdOf(event, context);
    const { headers: given, admitted } = await entry.of(event);
    admitted?.charge?.(bodyBytesOf(event) ?? 0);
    try {
      const tenant = admitted?.principal.tenant ?? DEFAULT_TENANT;
      const reply = await handler(parseRequest(event, { requestId, headers: given, tenant }, options));
      const baseOf = () => baseUrlOf(event, given, options.publicUrl?.());
      const headers = { ...admitted?.headers, ...withAbsoluteLinks(reply.headers ?? {}, event, baseOf) };
      return respond({ status: options.status ?? 200, ...reply, headers }, event.requestContext.http.method, requestId);
    } catch (error) {
      throw withHeaders(error, admitted?.headers);
    } finally {
      await admitted?.background;
    }
  };
  // onError runs last-registered first: the problem is made before the access log, which encloses everything, sees it.
  const stack = middy<APIGatewayProxyEventV2>({ timeoutEarlyInMillis: TIMEOUT_EARLY_MS, timeoutEarlyResponse: tooSlow })
    .use(accessLog(entry.tookMs))
    .onError((request) => {
      const { event, context } = request;
      const requestId = requestIdOf(event, context);
      const reply = problemReply(asServiceError(request.error), { requestId, path: event.rawPath });
      request.response = respond(reply, event.requestContext.http.method, requestId);
    })
    .handler(answer) as unknown as Call;
  const isAdmitted = (event: APIGatewayProxyEventV2): Promise<boolean> =>
    entry.of(event).then(
      ({ admitted }) => admitted !== undefined,
      () => false, // the stack answers it
    );
  const { inSpan = (_event, _isAdmitted, run) => run() } = options;
  const traced: Call = (event, context) =>
    inSpan(
      event,
      () => isAdmitted(event),
      () => stack(event, context),
    );
  const logged =
    <T>(run: (...of: Parameters<Call>) => T) =>
    (...[event, context]: Parameters<Call>): T =>
      withLogFields({ request_id: requestIdOf(event, context) }, () => run(event, context));
  const begin = logged(traced);
  const call: Call = async (event, context) => {
    try {
      return await (entry.continue(event, () => traced(event, context)) ?? begin(event, context));
    } finally {
      entry.forget(event);
    }
  };
  const authenticate = logged(async (event): Promise<Caller> => {
    const { admitted } = await entry.of(event);
    return { takesBody, headers: admitted?.headers ?? {}, ...(admitted && { tenant: admitted.principal.tenant }) };
  });
  return Object.assign(call, { authenticate });
};
