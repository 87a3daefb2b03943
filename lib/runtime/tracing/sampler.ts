/**
 * What the standard samplers cannot know: whose flag a parent's is, and that a link may stand for a
 * parent.
 */
import { type Context, SpanKind, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { isFromStranger } from '../../telemetry/tracing.ts';
import type { TracingSettings } from './settings.ts';

const ROOTS: Record<string, (ratio: number) => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
};
const PARENT_BASED = 'parentbased_';
const RATIO = 'traceidratio';

/** Of the values of OTEL_TRACES_SAMPLER. */
const standardSampler = ({ sampler, ratio }: TracingSettings): Sampler => {
  const isParentBased = sampler.startsWith(PARENT_BASED);
  const root = ROOTS[isParentBased ? sampler.slice(PARENT_BASED.length) : sampler]?.(ratio);
  if (!root) throw new Error(`${sampler} is no sampler`);
  // A ratio is decided once, where a trace enters the service: the trace id may be a stranger's.
  return isParentBased || sampler === RATIO ? new ParentBasedSampler({ root }) : root;
};

/**
 * An unknown caller's request has no parent here, and a trace id of our own: its id would decide on the
 * ratio. A trace that begins with a link to one of ours is decided on as its child.
 */
export const makeSampler = (settings: TracingSettings, newTraceId: () => string): Sampler => {
  const standard = standardSampler(settings);
  const trustsNoCaller = settings.sampler === RATIO;
  return {
    shouldSample: (of: Context, traceId, ...rest) => {
      const [, kind, , [link]] = rest;
      if (isFromStranger(of) || (trustsNoCaller && kind === SpanKind.SERVER))
        return standard.shouldSample(trace.deleteSpan(of), newTraceId(), ...rest);
      if (link && !trace.getSpanContext(of))
        return standard.shouldSample(trace.setSpanContext(of, link.context), link.context.traceId, ...rest);
      return standard.shouldSample(of, traceId, ...rest);
    },
    toString: () => `Distrusting{${standard}}`,
  };
};
