/** The HTTP pipeline: API Gateway HTTP API events (payload 2.0) in, JSON and problem documents out. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ServiceError } from '../errors.ts';
import { absoluteLinks } from './middleware/absolute-links.ts';
import { accessLog } from './middleware/access-log.ts';
import { authenticated, makeAuthentication } from './middleware/authentication.ts';
import { httpResponse } from './middleware/http-response.ts';
import { logContext } from './middleware/log-context.ts';
import { problemDocuments } from './middleware/problem-documents.ts';
import { doesTakeBody, requestParsing } from './middleware/request-parsing.ts';
import { requestIdOf } from './request.ts';
import type {
  Call,
  Caller,
  Exchange,
  HttpHandler,
  HttpResult,
  Route,
  RouteHandler,
  RoutePorts,
  RouteRequest,
} from './types.ts';

/** Answered by us, in our format, before the function's own timeout cuts the answer off. */
const EARLY_TIMEOUT = {
  timeoutEarlyInMillis: 250,
  timeoutEarlyResponse: (): never => {
    throw new ServiceError('unavailable', 'The answer took too long. Try again.');
  },
};

/**
 * A Lambda handler for one route; it throws ServiceError for what a caller may know. Middleware is listed
 * from the outside in: `before` runs in this order, `after` and `onError` in reverse.
 */
export const makeHandler = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  route: Route<B, Q, P>,
  handler: RouteHandler<B, Q, P>,
  { admit, publicUrl, span = (run) => run }: RoutePorts = {},
): HttpHandler => {
  const takesBody = doesTakeBody(route);
  const { bodyBytesMax } = route;
  const authentication = makeAuthentication({ takesBody, bodyBytesMax, admit });

  /**
   * All that may have to wait. middy's early timeout covers a handler, and none of the middleware
   * beside it.
   */
  const inTime = middy<Exchange>({ timeoutEarlyInMillis: 0 })
    .use(httpResponse(route.status))
    .use(authenticated(authentication))
    .use(absoluteLinks(publicUrl))
    .use(requestParsing(route))
    .handler(({ request }) => handler(request as RouteRequest<B, Q, P>));
  const answer = middy<APIGatewayProxyEventV2>(EARLY_TIMEOUT)
    .use(accessLog(authentication.tookMs))
    .use(problemDocuments())
    .handler((event, context) => inTime({ event, requestId: requestIdOf(event, context), headers: {} }, context));
  const spanned = span(answer as unknown as Call<HttpResult>, authentication.isAdmitted);
  const begin = logContext(spanned);

  const call: Call<HttpResult> = async (event, context) => {
    try {
      return await (authentication.resume(event, () => spanned(event, context)) ?? begin(event, context));
    } finally {
      authentication.forget(event);
    }
  };
  const authenticate = logContext(async (event): Promise<Caller> => {
    const { admitted } = await authentication.of(event);
    return { takesBody, headers: admitted?.headers ?? {}, ...(admitted && { tenant: admitted.principal.tenant }) };
  });
  return Object.assign(call, { authenticate, route: route as unknown as Route });
};
