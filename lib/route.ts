/** Routes that need a key or a token: all but welcome, health and the documentation. */
import * as app from './app.ts';
import type { Scope } from './auth/principal.ts';
import { config } from './config.ts';
import { inRequestSpan } from './http/request-span.ts';
import { type HttpHandler, openRoute, type RouteHandler, type RouteOptions } from './http.ts';

/** Without authentication every caller is a stranger. */
const trustsFlags = (): boolean => config().TRACE_TRUST_CALLERS && config().AUTH_MODE !== 'none';

/** As `openRoute`, for those alone whose key or token has the scope; `request.tenant` is theirs. */
export const route = <B = undefined, Q = Record<string, never>, P = Record<string, string>>(
  scope: Scope,
  options: RouteOptions<B, Q, P>,
  handler: RouteHandler<B, Q, P>,
): HttpHandler =>
  openRoute(
    {
      ...options,
      publicUrl: () => config().PUBLIC_URL,
      inSpan: (event, isAdmitted, run) => inRequestSpan(event, async () => trustsFlags() && isAdmitted(), run),
      admit: (headers, bodyBytes) => app.guard().admit(headers, scope, bodyBytes),
    },
    handler,
  );
