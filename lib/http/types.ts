import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { ZodType } from 'zod';
import type { Admitted } from '../auth/guard.ts';
import type { FieldError } from '../errors.ts';

/**
 * On a result: its body as the bytes they are, for a runtime that need not carry them as JSON; of
 * HEAD, those of GET.
 */
export const BYTES: unique symbol = Symbol('bytes');

/** What Lambda takes, whose body is base64 when it is binary. */
export type HttpResult = APIGatewayProxyStructuredResultV2 & { [BYTES]?: Buffer };

/**
 * What a handler answers. Header names in any case. A Buffer is not copied, so it must never
 * change: many answers share it. API Gateway gets it base64-encoded.
 */
export interface Reply {
  /** Default: the route's `status`, else 200. */
  status?: number;
  /** Sent as application/json. */
  body?: unknown;
  /** The paths in `location` and `link` become URLs. */
  headers?: Record<string, string>;
  /** Instead of `body`. */
  raw?: { contentType: string; body: string | Buffer };
}

export interface RouteRequest<B, Q, P> {
  body: B;
  query: Q;
  params: P;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** The body as UTF-8 text, at most 256 KB; empty when there is none. */
  rawBody: string;
  /** Where the route takes one. */
  idempotencyKey?: string;
  tenant: string;
  requestId: string;
  method: string;
  /** As it was sent, with the trailing slash it had. */
  path: string;
  queryString: string;
}

export interface RouteOptions<B, Q, P> {
  /** Without it a body is ignored. A body that may be absent is an `.optional()` schema. */
  body?: ZodType<B>;
  /**
   * Rules beyond the schema, so that all that is wrong is reported at once. Called with the members
   * as they came, and only when the request is refused already: the handler checks the same rules.
   */
  rules?: (given: Record<string, unknown>) => FieldError[];
  /** An Idempotency-Key that cannot be kept is refused. */
  idempotencyKey?: true;
  /** Instead of `body`, for what no schema describes. Throws `malformed-json` or `validation-failed`. */
  read?: (raw: Pick<RouteRequest<B, Q, P>, 'headers' | 'rawBody'>) => B;
  /** Media types a body may have. Default: application/json. */
  contentTypes?: readonly string[];
  /** Unknown parameters are refused. Without a schema none is known; `ignored` lets anything pass unread. */
  query?: ZodType<Q> | 'ignored';
  /** What does not match cannot exist: 404. */
  params?: ZodType<P>;
  /** Of a success. Default 200. */
  status?: number;
  /** Below it are the URLs of `location` and `link`. Default: what the client reached. */
  publicUrl?: () => string | undefined;
  /**
   * Who may come in; throws for everybody else. Without it everybody may. @param bodyBytes where
   * there is a body
   */
  admit?: (headers: RouteRequest<B, Q, P>['headers'], bodyBytes?: number) => Promise<Admitted>;
  /**
   * Runs a request, from its beginning to its answer, in a span. Default: without one.
   * @param isAdmitted whether the caller was let in; asked when it matters
   */
  inSpan?: (
    event: APIGatewayProxyEventV2,
    isAdmitted: () => Promise<boolean>,
    run: () => Promise<HttpResult>,
  ) => Promise<HttpResult>;
}

export type RouteHandler<B, Q, P> = (request: RouteRequest<B, Q, P>) => Promise<Reply> | Reply;

/** What a runtime learns of a request by its headers alone. */
export interface Caller {
  /** Absent where everybody may come in. */
  tenant?: string;
  /** What every answer says about the caller's limits. */
  headers: Record<string, string>;
  takesBody: boolean;
}

export interface HttpHandler {
  (event: APIGatewayProxyEventV2, context: Context): Promise<HttpResult>;
  /**
   * For a runtime that has the headers before the body: authenticates. The call with the same
   * event, with its body by then, does not do it again. Rejects with what that call answers.
   */
  authenticate(event: APIGatewayProxyEventV2, context: Context): Promise<Caller>;
}
