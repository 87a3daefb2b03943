import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { ZodType } from 'zod';
import type { Admitted } from '../auth/guard.ts';
import type { Scope } from '../auth/principal.ts';
import type { FieldError } from '../errors.ts';
import type { Operation } from './openapi/operation.ts';

/**
 * On a result: its body as the bytes they are, for a runtime that need not carry them as JSON; of
 * HEAD, those of GET.
 */
export const BYTES: unique symbol = Symbol('bytes');

/** What Lambda takes, whose body is base64 when it is binary. */
export type HttpResult = APIGatewayProxyStructuredResultV2 & { [BYTES]?: Buffer };

/**
 * What a handler returns. Header names in any case. A Buffer is not copied, so it must never
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

/** Names in lower case. */
export type Headers = Record<string, string | undefined>;

export interface RouteRequest<B = unknown, Q = unknown, P = unknown> {
  body: B;
  query: Q;
  params: P;
  headers: Headers;
  /** The body as UTF-8 text; empty when there is none. */
  rawBody: string;
  /** Where the route takes one. */
  idempotencyKey?: string;
  /** Where the route takes one: the ETag that the change is based on. */
  ifMatch?: string;
  tenant: string;
  /** Whether the caller has a scope beyond the route's. */
  allows(scope: Scope): boolean;
  requestId: string;
  method: string;
  /** As it was sent, with the trailing slash it had. */
  path: string;
  queryString: string;
}

/** What a handler declares. Parsing, authentication, errors and the OpenAPI document follow from it. */
export interface Route<B = unknown, Q = unknown, P = unknown> {
  /** The scope that a caller needs. Absent: none, and no key either. */
  scope?: Scope;
  /** What does not match cannot exist: 404. */
  params?: ZodType<P>;
  /** Unknown parameters are refused. Without a schema none is known; `ignored` lets anything pass unread. */
  query?: ZodType<Q> | 'ignored';
  /** Without it a body is ignored. A body that may be absent is an `.optional()` schema. */
  body?: ZodType<B>;
  /**
   * Rules beyond the schema, so that all that is wrong is reported at once. Called with the members
   * as they came, and only when the request is refused already: the handler checks the same rules.
   */
  rules?: (given: Record<string, unknown>) => FieldError[];
  /** Instead of `body`, for what no schema describes. Throws `malformed-json` or `validation-failed`. */
  read?: (raw: Pick<RouteRequest, 'headers' | 'rawBody'>) => B;
  /** Media types a body may have. Default: application/json. */
  contentTypes?: readonly string[];
  /** The most bytes that a body may have. Default: 256 KB. */
  bodyBytesMax?: number;
  /** How many requests a body stands for: the rate limit counts them. Default: one, more for a large body. */
  requestsIn?: (body: B) => number;
  /**
   * `replays`: a repetition with the same key gets the first record. `checked`: a malformed key is
   * refused, and a valid one does nothing.
   */
  idempotencyKey?: 'replays' | 'checked';
  /** Takes If-Match: the version that a change is based on. */
  ifMatch?: true;
  /** Of a success. Default 200. */
  status?: number;
  /** Its text in the OpenAPI document; by path where one handler serves several. */
  openapi?: Operation | Record<string, Operation>;
}

export type RouteHandler<B, Q, P> = (request: RouteRequest<B, Q, P>) => Promise<Reply> | Reply;

/** What the pipeline needs beyond the route. */
export interface RoutePorts {
  /** Throws for callers who may not call the route. Default: all may. */
  admit?: (headers: Headers, bodyBytes?: number) => Promise<Admitted>;
  /** The base of absolute links. Default: the URL that the client reached. */
  publicUrl?: () => string | undefined;
  /** Runs each request in a span. Default: without one. */
  span?: RequestSpan;
}

export type RequestSpan = (
  run: Call<HttpResult>,
  isAdmitted: (event: APIGatewayProxyEventV2) => Promise<boolean>,
) => Call<HttpResult>;

/** A request on its way through the middleware that runs before the function's own timeout. */
export interface Exchange {
  event: APIGatewayProxyEventV2;
  requestId: string;
  headers: Headers;
  admitted?: Admitted | undefined;
  request?: RouteRequest;
}

/**
 * Middleware between authentication and handler: `response` is the handler's reply until it is made
 * a result.
 */
export type ExchangeMiddleware = MiddlewareObj<Exchange, Reply | HttpResult>;

/** Middleware around all of it. */
export type EventMiddleware = MiddlewareObj<APIGatewayProxyEventV2, HttpResult>;

/** A handler as Lambda calls it. */
export type Call<T> = (event: APIGatewayProxyEventV2, context: Context) => Promise<T>;

/** What a runtime learns of a request by its headers alone. */
export interface Caller {
  /** Absent on public routes. */
  tenant?: string;
  /** What every answer says about the caller's limits. */
  headers: Record<string, string>;
  takesBody: boolean;
}

export interface HttpHandler extends Call<HttpResult> {
  /**
   * For a runtime that has the headers before the body: authenticates. The call with the same
   * event, with its body by then, does not do it again. Rejects with what that call answers.
   */
  authenticate: Call<Caller>;
  /** What it was made of, for the OpenAPI document. */
  route: Route;
}
