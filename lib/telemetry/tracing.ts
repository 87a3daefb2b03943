/**
 * Spans, by the API of OpenTelemetry alone: the process brings the SDK (lib/runtime/tracing/tracing.ts, or
 * a layer of Lambda). Without one no trace begins, so nothing is read, stored or sent.
 */
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Link,
  type ProxyTracerProvider,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { withTimeout } from '../concurrency/with-timeout.ts';
import { processEnvironment } from '../platform/environment.ts';
import { withLogFields } from './log.ts';
import { formatTraceContext, formatTraceParent, parseTraceContext, type TraceFields } from './trace-context.ts';

export { type Span, SpanKind } from '@opentelemetry/api';

interface SpanOptions {
  kind?: SpanKind;
  /** Low-cardinality or ids; never personal data, secrets or addresses. */
  attributes?: Attributes;
  /** An outcome that the caller expects and that leaves the span without the status of an error. */
  isExpected?: (error: unknown) => boolean;
}

/** Of the work that a request or a message begins. */
interface EntryOptions extends SpanOptions {
  /** Undefined: a trace of its own. */
  parent?: SpanContext | undefined;
  /** The trace id of the parent is kept, its sampled flag is not believed. */
  isStranger?: boolean;
  links?: Link[];
}

const NAME = 'event-notification-service';
const STRANGER = createContextKey('sampled flag of a stranger');
const LINKED = createContextKey('trace ids that the entry is linked to');
const NOTHING = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: TraceFlags.NONE });

const provider = () => trace.getTracerProvider() as ProxyTracerProvider;
/** Undefined while tracing is off. */
const tracer = (): Tracer | undefined => provider().getDelegateTracer(NAME);

export const isTracing = (): boolean => tracer() !== undefined;
/** On Lambda a layer may have begun the span of the invocation. */
export const isInTrace = (): boolean => trace.getSpan(context.active()) !== undefined;

/** For the sampler: whether the parent's flag must not count. */
export const isFromStranger = (of: Context): boolean => of.getValue(STRANGER) === true;

let canDistrustFlags = false;
/** The sampler of this process asks `isFromStranger`. */
export const useDistrustingSampler = (): void => {
  canDistrustFlags = true;
};

/** Messages of errors may quote what they are about; names and codes do not. */
const typeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

export const markFailed = (span: Span, errorType: string): void => {
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
};

const runIn = async <T>(span: Span, of: Context, run: (span: Span) => Promise<T>, options: SpanOptions): Promise<T> => {
  try {
    return await context.with(trace.setSpan(of, span), run, undefined, span);
  } catch (error) {
    if (!options.isExpected?.(error)) markFailed(span, typeOf(error));
    throw error;
  } finally {
    span.end();
  }
};

/**
 * Runs `run` in a span of the trace that is active; without one it only runs. What it throws
 * becomes the status of the span.
 */
export const inSpan = <T>(name: string, options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> => {
  const active = context.active();
  const of = trace.getSpan(active) && tracer();
  return of ? runIn(of.startSpan(name, options, active), active, run, options) : run(NOTHING);
};

const activeSpan = (): SpanContext | undefined => {
  const found = trace.getSpan(context.active())?.spanContext();
  return found && trace.isSpanContextValid(found) ? found : undefined;
};
const sampled = (): SpanContext | undefined => {
  const found = activeSpan();
  return found && found.traceFlags & TraceFlags.SAMPLED ? found : undefined;
};

/** For log lines: nothing unless the active trace is sampled. */
const traceIds = (): { trace_id?: string; span_id?: string } => {
  const found = sampled();
  return found ? { trace_id: found.traceId, span_id: found.spanId } : {};
};

/**
 * As `inSpan`, for what begins the work of this process: continues the trace of `parent`, or begins
 * one. Log lines of its work have the ids of a trace that is sampled.
 */
export const inEntrySpan = <T>(name: string, options: EntryOptions, run: (span: Span) => Promise<T>): Promise<T> => {
  const of = tracer();
  if (!of) return run(NOTHING);
  const { parent, isStranger = false, links = [] } = options;
  const active = context.active();
  const invocation = trace.getSpan(active)?.spanContext();
  const isDistrusted = parent !== undefined && isStranger;
  // A sampler that cannot distrust a flag must not see it.
  const isRestarted = isDistrusted && !canDistrustFlags;
  const base = parent && !isRestarted ? trace.setSpanContext(active, parent) : active;
  const all = [...links];
  if (isRestarted) all.push({ context: parent });
  else if (parent && invocation) all.push({ context: invocation });
  const started = of.startSpan(name, { ...options, links: all }, isDistrusted ? base.setValue(STRANGER, true) : base);
  const linked = base.setValue(LINKED, new Set(all.map((link) => link.context.traceId)));
  return runIn(started, linked, (span) => withLogFields(traceIds(), () => run(span)), options);
};

/** On the active span: what was tried again within it. */
export const addSpanEvent = (name: string): void => void trace.getSpan(context.active())?.addEvent(name);

/** Outside the active trace: its spans are left out, and what it sends carries no trace. */
export const outsideTrace = <T>(run: () => T): T => context.with(trace.deleteSpan(context.active()), run);

/** What continues the active trace elsewhere: members of a message, headers of a request. */
export const traceFields = (): TraceFields => {
  const found = activeSpan();
  return found ? formatTraceContext(found) : {};
};

/** The active span as a stored record names it; undefined unless it is sampled. */
export const sampledTrace = (): string | undefined => {
  const found = sampled();
  return found && formatTraceParent(found);
};

/** What later work links to: the member of a message that is sent long before it is received. */
export const traceLink = (): { tracelink?: string } => {
  const tracelink = sampledTrace();
  return tracelink === undefined ? {} : { tracelink };
};

/** Links the active span to a stored trace, unless that is its own or linked to already. */
export const linkToTrace = (traceparent: string | undefined): void => {
  const found = parseTraceContext({ traceparent });
  const span = trace.getSpan(context.active());
  if (!found || !span || span.spanContext().traceId === found.traceId) return;
  const linked = context.active().getValue(LINKED) as Set<string> | undefined;
  if (linked?.has(found.traceId)) return;
  span.addLink({ context: found });
};

/**
 * Of the caller's time, and of the invocation's: a collector that is away costs spans, nothing
 * else.
 */
const FLUSH_MAX_MS = 500;

/**
 * Lambda freezes the process once it has answered: what was recorded must be out by then. Never
 * rejects.
 */
export const flushTraces = async (): Promise<void> => {
  if (!processEnvironment().inLambda || !isTracing()) return;
  const delegate = provider().getDelegate() as { forceFlush?: () => Promise<void> };
  const flushed = Promise.resolve(delegate.forceFlush?.()).catch(() => undefined); // the exporter logs it
  await withTimeout(flushed, FLUSH_MAX_MS).catch(() => undefined);
};
