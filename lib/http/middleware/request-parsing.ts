import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ZodType } from 'zod';
import { isAllowed } from '../../auth/principal.ts';
import { type FieldError, ServiceError, validationFailed } from '../../errors.ts';
import { parseJson } from '../../schema/json.ts';
import { DEFAULT_TENANT } from '../../schema/tenant.ts';
import { attempt, type Checked, check, pointerOf } from '../../schema/validate.ts';
import { bodyText, requireContentType, requireIdentity } from '../body.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { parseQuery } from '../query.ts';
import type { Exchange, ExchangeMiddleware, Route, RouteRequest } from '../types.ts';

const paramsOf = <P>(event: APIGatewayProxyEventV2, schema: ZodType<P> | undefined): P => {
  if (!schema) return { ...event.pathParameters } as P;
  const { value, errors } = check(schema, { ...event.pathParameters });
  if (errors) throw new ServiceError('not-found', 'No record has an id of this form.');
  return value as P;
};

/** z.object() drops what it does not know; a query parameter that does nothing is a mistake to report. */
const strict = <Q>(schema: ZodType<Q> | 'ignored' | undefined): ZodType<Q> | 'ignored' | undefined =>
  typeof schema === 'object' && 'strict' in schema && typeof schema.strict === 'function' ? schema.strict() : schema;

const unknownParameters = (names: string[]): FieldError[] =>
  names.map((name) => ({ pointer: pointerOf(['query', name]), detail: 'is not known' }));

const readQuery = <Q>(event: APIGatewayProxyEventV2, schema: ZodType<Q> | 'ignored' | undefined): Checked<Q> => {
  if (schema === 'ignored') return { value: {} as Q };
  const { values, errors } = parseQuery(event.rawQueryString ?? '');
  const checked = schema ? check(schema, values, ['query']) : { errors: unknownParameters(Object.keys(values)) };
  const all = [...errors, ...(checked.errors ?? [])];
  return all.length > 0 ? { errors: all } : { value: (checked.value ?? {}) as Q };
};

export const doesTakeBody = <B, Q, P>({ body, read }: Route<B, Q, P>): boolean =>
  body !== undefined || read !== undefined;

const readBody = <B, Q, P>(
  raw: Pick<RouteRequest, 'headers' | 'rawBody'>,
  { body: schema, read }: Route<B, Q, P>,
): Checked<B> & { given?: unknown } => {
  if (read) return attempt(() => read(raw));
  const { rawBody } = raw;
  if (!schema) return { value: undefined as B };
  if (rawBody === '') {
    const absent = schema.safeParse(undefined);
    if (absent.success) return { value: absent.data };
  }
  const parsed = attempt(() => parseJson(rawBody));
  return parsed.errors ? parsed : { ...check(schema, parsed.value), given: parsed.value };
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rawBodyOf = <B, Q, P>({ event, headers }: Exchange, route: Route<B, Q, P>): string => {
  if (!doesTakeBody(route)) return '';
  requireIdentity(headers['content-encoding']);
  // Before the bytes are read as UTF-8: what says that it is something else is refused for that.
  if (event.body) requireContentType(headers['content-type'], route.contentTypes ?? ['application/json']);
  return bodyText(event, route.bodyBytesMax);
};

/** Throws ServiceError; all that is wrong with query, body and headers is reported together. */
const parse = <B, Q, P>(exchange: Exchange, route: Route<B, Q, P>): RouteRequest<B, Q, P> => {
  const { event, requestId, headers, admitted } = exchange;
  const params = paramsOf(event, route.params);
  const rawBody = rawBodyOf(exchange, route);
  const query = readQuery(event, route.query);
  const body = readBody({ headers, rawBody }, route);
  const key = attempt(() => (route.idempotencyKey ? idempotencyKeyOf(headers) : undefined));
  const errors = [query, body, key].flatMap((part) => part.errors ?? []);
  if (errors.length > 0) {
    const further = isObject(body.given) ? route.rules?.(body.given) : undefined;
    throw validationFailed([...errors, ...(further ?? [])]);
  }
  const ifMatch = route.ifMatch && headers['if-match'];
  return {
    body: body.value as B,
    query: query.value as Q,
    params,
    headers,
    rawBody,
    tenant: admitted?.principal.tenant ?? DEFAULT_TENANT,
    allows: (scope) => admitted !== undefined && isAllowed(admitted.principal, scope),
    requestId,
    ...(key.value !== undefined && { idempotencyKey: key.value }),
    ...(ifMatch !== undefined && { ifMatch }),
    method: event.requestContext.http.method,
    path: event.rawPath,
    queryString: event.rawQueryString ?? '',
  };
};

/** API Gateway event -> what the handler gets, by the schemas of the route. */
export const requestParsing = <B, Q, P>(declared: Route<B, Q, P>): ExchangeMiddleware => {
  const query = strict(declared.query);
  const route = { ...declared, ...(query && { query }) };
  return {
    before: ({ event: exchange }) => {
      const request = parse(exchange, route);
      exchange.request = request;
      if (route.requestsIn) exchange.admitted?.charge(route.requestsIn(request.body));
    },
  };
};
