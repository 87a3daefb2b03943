/** The two kinds of routes: for everybody (welcome, health, documentation), and for callers with a scope. */
import type { Guard } from '../auth/guard.ts';
import type { Scope } from '../auth/principal.ts';
import type { Operation } from './openapi/operation.ts';
import { makeHandler } from './pipeline.ts';
import type { HttpHandler, Route, RouteHandler, RoutePorts } from './types.ts';

export const publicRoute = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  route: Omit<Route<B, Q, P>, 'scope'>,
  handler: RouteHandler<B, Q, P>,
): HttpHandler => makeHandler(route, handler);

export interface AuthenticatedRoute<B, Q, P> extends Route<B, Q, P> {
  scope: Scope;
  openapi: Operation;
}

/** Makes `authenticatedRoute`: only callers whose key or token has the scope; `request.tenant` is theirs. */
export const makeAuthenticatedRoute =
  (ports: { guard(): Guard } & Pick<Required<RoutePorts>, 'publicUrl' | 'tracing'>) =>
  <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
    route: AuthenticatedRoute<B, Q, P>,
    handler: RouteHandler<B, Q, P>,
  ): HttpHandler =>
    makeHandler(route, handler, {
      ...ports,
      admit: (headers, bodyBytes) => ports.guard().admit(headers, route.scope, bodyBytes),
    });
