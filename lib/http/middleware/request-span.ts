/**
 * The span of a request, by the semantic conventions for HTTP servers. Paths and queries hold ids:
 * the route stands for them.
 */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parseTraceContext } from '../../telemetry/trace-context.ts';
import {
  flushTraces,
  inEntrySpan,
  isInTrace,
  isTracing,
  markFailed,
  type Span,
  SpanKind,
} from '../../telemetry/tracing.ts';
import type { HttpResult, RequestSpan } from '../types.ts';
import { boundedMethod, templateOf } from './access-log.ts';

const OTHER = { name: 'HTTP', value: '_OTHER' };

const nameOf = (event: APIGatewayProxyEventV2) => {
  const bounded = boundedMethod(event.requestContext?.http?.method);
  const { name, value } = bounded === 'OTHER' ? OTHER : { name: bounded, value: bounded };
  const route = templateOf(event);
  const isMatched = route.startsWith('/');
  return {
    name: isMatched ? `${name} ${route}` : name,
    attributes: { 'http.request.method': value, ...(isMatched && { 'http.route': route }) },
  };
};

const record = (span: Span, { statusCode = 200 }: HttpResult): void => {
  span.setAttribute('http.response.status_code', statusCode);
  if (statusCode >= 500) markFailed(span, String(statusCode));
};

const headerOf = ({ headers }: APIGatewayProxyEventV2, wanted: string): string | undefined =>
  Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];

/**
 * Answers what `run` does, in a span that continues the caller's trace.
 * @param isTrusted whether the caller's sampled flag counts
 */
const inRequestSpan = async (
  event: APIGatewayProxyEventV2,
  isTrusted: () => Promise<boolean>,
  run: () => Promise<HttpResult>,
): Promise<HttpResult> => {
  if (!isTracing()) return run();
  const given = { traceparent: headerOf(event, 'traceparent'), tracestate: headerOf(event, 'tracestate') };
  const parent = isInTrace() ? undefined : parseTraceContext(given);
  const isStranger = parent !== undefined && !(await isTrusted());
  const { name, attributes } = nameOf(event);
  try {
    return await inEntrySpan(name, { kind: SpanKind.SERVER, attributes, parent, isStranger }, async (span) => {
      const result = await run();
      record(span, result);
      return result;
    });
  } finally {
    await flushTraces();
  }
};

/** @param trustsCallers whether the sampled flag of an authenticated caller counts */
export const requestSpan =
  (trustsCallers: () => boolean): RequestSpan =>
  (run, isAdmitted) =>
  (event, context) =>
    inRequestSpan(
      event,
      async () => trustsCallers() && isAdmitted(event),
      () => run(event, context),
    );
