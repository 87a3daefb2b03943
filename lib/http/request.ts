import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { ZodType } from 'zod';
import { type FieldError, ServiceError, validationFailed } from '../errors.ts';
import { parseJson } from '../schema/json.ts';
import { attempt, type Checked, check, pointerOf } from '../schema/validate.ts';
import { bodyText, requireContentType, requireIdentity } from './body.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { parseQuery } from './query.ts';
import type { RouteOptions, RouteRequest } from './types.ts';

export const HEADERS_MAX = 100;
export const HEADER_BYTES_MAX = 16_384;

/** Safe in a log line, a header and a URN. */
const REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;

/** The caller's own id for this request when it gave a usable one, else API Gateway's. */
export const requestIdOf = (event: APIGatewayProxyEventV2, context: Context): string => {
  const given = event.headers?.['x-request-id'] ?? event.headers?.['x-correlation-id'];
  if (given !== undefined && REQUEST_ID.test(given)) return given;
  return event.requestContext?.requestId ?? context.awsRequestId;
};

/** Names in lower case. Throws `validation-failed` when there are too many. */
export const headersOf = (event: APIGatewayProxyEventV2): Record<string, string | undefined> => {
  const headers: Record<string, string | undefined> = Object.create(null);
  let count = 0;
  let bytes = 0;
  for (const [name, value] of Object.entries(event.headers ?? {})) {
    count += 1;
    bytes += name.length + (value?.length ?? 0);
    headers[name.toLowerCase()] = value;
  }
  const refuse = (detail: string) => validationFailed([{ pointer: '/header', detail }]);
  if (count > HEADERS_MAX) throw refuse(`must be at most ${HEADERS_MAX} headers`);
  if (bytes > HEADER_BYTES_MAX) throw refuse(`must be at most ${HEADER_BYTES_MAX} bytes in all`);
  return headers;
};

const paramsOf = <P>(event: APIGatewayProxyEventV2, schema: ZodType<P> | undefined): P => {
  if (!schema) return { ...event.pathParameters } as P;
  const { value, errors } = check(schema, { ...event.pathParameters });
  if (errors) throw new ServiceError('not-found', 'There is nothing with this id.');
  return value as P;
};

const unknownParameters = (names: string[]): FieldError[] =>
  names.map((name) => ({ pointer: pointerOf(['query', name]), detail: 'is not known' }));

const readQuery = <Q>(event: APIGatewayProxyEventV2, schema: ZodType<Q> | 'ignored' | undefined): Checked<Q> => {
  if (schema === 'ignored') return { value: {} as Q };
  const { values, errors } = parseQuery(event.rawQueryString ?? '');
  const checked = schema ? check(schema, values, ['query']) : { errors: unknownParameters(Object.keys(values)) };
  const all = [...errors, ...(checked.errors ?? [])];
  return all.length > 0 ? { errors: all } : { value: (checked.value ?? {}) as Q };
};

export const doesTakeBody = <B, Q, P>({ body, read }: RouteOptions<B, Q, P>): boolean =>
  body !== undefined || read !== undefined;

const readBody = <B, Q, P>(
  raw: Pick<RouteRequest<B, Q, P>, 'headers' | 'rawBody'>,
  { body: schema, read }: RouteOptions<B, Q, P>,
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

/**
 * API Gateway event -> what a handler gets. Throws ServiceError; all that is wrong with query, body
 * and headers is reported together.
 */
export const parseRequest = <B, Q, P>(
  event: APIGatewayProxyEventV2,
  known: Pick<RouteRequest<B, Q, P>, 'requestId' | 'headers' | 'tenant'>,
  options: RouteOptions<B, Q, P>,
): RouteRequest<B, Q, P> => {
  const { headers } = known;
  const params = paramsOf(event, options.params);
  const takesBody = doesTakeBody(options);
  if (takesBody) requireIdentity(headers['content-encoding']);
  // Before the bytes are read as UTF-8: what says that it is something else is refused for that.
  if (takesBody && event.body)
    requireContentType(headers['content-type'], options.contentTypes ?? ['application/json']);
  const rawBody = takesBody ? bodyText(event) : '';
  const query = readQuery(event, options.query);
  const body = readBody({ headers, rawBody }, options);
  const key = attempt(() => (options.idempotencyKey ? idempotencyKeyOf(headers) : undefined));
  const errors = [query, body, key].flatMap((part) => part.errors ?? []);
  if (errors.length > 0) {
    const further = isObject(body.given) ? options.rules?.(body.given) : undefined;
    throw validationFailed([...errors, ...(further ?? [])]);
  }
  return {
    body: body.value as B,
    query: query.value as Q,
    params,
    rawBody,
    ...known,
    ...(key.value !== undefined && { idempotencyKey: key.value }),
    method: event.requestContext.http.method,
    path: event.rawPath,
    queryString: event.rawQueryString ?? '',
  };
};
