/**
 * The text form of W3C Trace Context (https://www.w3.org/TR/trace-context/): `traceparent` and
 * `tracestate`.
 */
import { createTraceState, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** What the standard asks every service to pass on, at least. */
const TRACESTATE_MAX = 512;

/** As headers and messages carry it. */
export interface TraceFields {
  traceparent?: string;
  tracestate?: string;
}

/**
 * Undefined for what the standard calls invalid, and for what is no text: then a new trace begins.
 */
export const parseTraceContext = ({ traceparent, tracestate }: Record<string, unknown>): SpanContext | undefined => {
  const [, version, traceId = '', spanId = '', flags = '', rest] = TRACEPARENT.exec(String(traceparent)) ?? [];
  // Later versions may append fields, which are ignored; version ff does not exist.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const parsed: SpanContext = { traceId, spanId, traceFlags, isRemote: true };
  if (!isSpanContextValid(parsed)) return undefined;
  const isUsable = typeof tracestate === 'string' && tracestate !== '' && tracestate.length <= TRACESTATE_MAX;
  return isUsable ? { ...parsed, traceState: createTraceState(tracestate) } : parsed;
};

export const formatTraceParent = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;

export const formatTraceContext = (context: SpanContext): TraceFields => {
  const tracestate = context.traceState?.serialize();
  return { traceparent: formatTraceParent(context), ...(tracestate && { tracestate }) };
};
