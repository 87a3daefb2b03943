/** The two kinds of routes: public (welcome, health, documentation), and for callers with a scope. */
import type { Guard } from '../auth/guard.ts';
import type { Scope } from '../auth/principal.ts';
import { requestSpan } from './middleware/request-span.ts';
import type { Operation } from './openapi/operation.ts';
import { makeHandler } from './pipeline.ts';
import type { HttpHandler, Route, RouteHandler } from './types.ts';

export const publicRoute = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  route: Omit<Route<B, Q, P>, 'scope'>,
  handler: RouteHandler<B, Q, P>,
): HttpHandler => makeHandler(route, handler);

interface AuthenticatedRoute<B, Q, P> extends Route<B, Q, P> {
  scope: Scope;
  openapi: Operation;
}

interface AuthenticatedRoutePorts {
  guard(): Guard;
  /** The base of absolute links; undefined: what the request says. */
  publicUrl(): string | undefined;
  /** Whether the sampled flag of an authenticated caller counts. */
  trustsCallersTraces(): boolean;
}

/** Makes `authenticatedRoute`: only callers whose key or token has the scope; `request.tenant` is theirs. */
export const makeAuthenticatedRoute =
  ({ guard, publicUrl, trustsCallersTraces }: AuthenticatedRoutePorts) =>
  <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
    route: AuthenticatedRoute<B, Q, P>,
    handler: RouteHandler<B, Q, P>,
  ): HttpHandler =>
    makeHandler(route, handler, {
      admit: (headers, bodyBytes) => guard().admit(headers, route.scope, bodyBytes),
      publicUrl,
      span: requestSpan(trustsCallersTraces),
    });
