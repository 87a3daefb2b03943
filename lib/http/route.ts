/** Routes that need a key or a token: all but welcome, health and the documentation. */
import type { Guard } from '../auth/guard.ts';
import type { Scope } from '../auth/principal.ts';
import { type HttpHandler, openRoute, type RouteHandler, type RouteOptions } from './pipeline.ts';
import { inRequestSpan } from './request-span.ts';

export interface RoutePorts {
  guard(): Guard;
  /** Whether the trace flags of authenticated callers are trusted. */
  trustsCallersTraces(): boolean;
  /** The base of absolute links; undefined: what the request says. */
  publicUrl(): string | undefined;
}

/** As `openRoute`, for those alone whose key or token has the scope; `request.tenant` is theirs. */
export const makeRoute =
  (ports: RoutePorts) =>
  <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
    scope: Scope,
    options: RouteOptions<B, Q, P>,
    handler: RouteHandler<B, Q, P>,
  ): HttpHandler =>
    openRoute(
      {
        ...options,
        publicUrl: ports.publicUrl,
        inSpan: (event, isAdmitted, run) =>
          inRequestSpan(event, async () => ports.trustsCallersTraces() && isAdmitted(), run),
        admit: (headers, bodyBytes) => ports.guard().admit(headers, scope, bodyBytes),
      },
      handler,
    );
