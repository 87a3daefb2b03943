/** What a request's headers alone decide: whether its body may come, and who sends it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Admitted } from '../../auth/guard.ts';
import { costOf } from '../../auth/rate-limit/rate-window.ts';
import { clock } from '../../platform/clock.ts';
import { bodyBytesOf, requireSize } from '../body.ts';
import { withHeaders } from '../problem.ts';
import { headersOf } from '../request.ts';
import type { ExchangeMiddleware, Headers, Reply, RoutePorts } from '../types.ts';

interface Authenticated {
  headers: Headers;
  admitted: Admitted | undefined;
}

export interface Authentication {
  /**
   * Once for an event, until it is forgotten. Throws `payload-too-large`, `validation-failed`, and
   * what `admit` throws.
   */
  of(event: APIGatewayProxyEventV2): Promise<Authenticated>;
  /** Whether the caller has credentials that were accepted. Never rejects. */
  isAdmitted(event: APIGatewayProxyEventV2): Promise<boolean>;
  /** Runs with the log fields of an earlier `of`; undefined where there was none. */
  resume<T>(event: APIGatewayProxyEventV2, run: () => T): T | undefined;
  /** How long an earlier `of` took. */
  tookMs(event: APIGatewayProxyEventV2): number;
  forget(event: APIGatewayProxyEventV2): void;
}

interface Begun {
  authenticated: Promise<Authenticated>;
  inContext: <T>(run: () => T) => T;
  tookMs: number;
}

export const makeAuthentication = (options: {
  takesBody: boolean;
  bodyBytesMax?: number | undefined;
  admit: RoutePorts['admit'] | undefined;
}): Authentication => {
  const begun = new WeakMap<APIGatewayProxyEventV2, Begun>();
  /** Before anything else is read: a caller without credentials learns nothing about the route. */
  const authenticate = async (event: APIGatewayProxyEventV2): Promise<Authenticated> => {
    const headers = headersOf(event);
    if (options.takesBody) requireSize(headers['content-length'], options.bodyBytesMax);
    return { headers, admitted: await options.admit?.(headers, bodyBytesOf(event)) };
  };
  const of = (event: APIGatewayProxyEventV2): Promise<Authenticated> => {
    const known = begun.get(event);
    if (known) return known.authenticated;
    const from = clock.monotonic();
    const authenticated = authenticate(event).finally(() => {
      one.tookMs = clock.monotonic() - from;
    });
    const one: Begun = { authenticated, inContext: AsyncLocalStorage.snapshot(), tookMs: 0 };
    begun.set(event, one);
    return authenticated;
  };
  return {
    of,
    isAdmitted: (event) =>
      of(event).then(
        ({ admitted }) => admitted !== undefined,
        () => false, // the pipeline answers the refusal
      ),
    resume: (event, run) => begun.get(event)?.inContext(run),
    tookMs: (event) => begun.get(event)?.tookMs ?? 0,
    forget: (event) => void begun.delete(event),
  };
};

/** Who calls, and what every answer says about the caller's limits: the refusals too. */
export const authenticated = (authentication: Authentication): ExchangeMiddleware => ({
  before: async ({ event: exchange }) => {
    Object.assign(exchange, await authentication.of(exchange.event));
    // Of a chunked body, whose size no header says.
    exchange.admitted?.charge(costOf(bodyBytesOf(exchange.event) ?? 0));
  },
  after: (request) => {
    const { admitted } = request.event;
    if (!admitted) return undefined;
    const reply = request.response as Reply;
    request.response = { ...reply, headers: { ...admitted.headers, ...reply.headers } };
    return admitted.background;
  },
  onError: async (request) => {
    const { admitted } = request.event;
    request.error = withHeaders(request.error, admitted?.headers);
    await admitted?.background;
  },
});
