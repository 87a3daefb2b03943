/** What the standard samplers cannot know: whose flag a parent's is, and that a link may stand for a parent. */
import { type Context, trace } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { isFromStranger } from '../telemetry/tracing.ts';
import type { TracingSettings } from './tracing-settings.ts';

const ROOTS: Record<string, (ratio: number) => Sampler> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
};
const PARENT_BASED = 'parentbased_';

/** As the specification of OTEL_TRACES_SAMPLER has it. */
const standardSampler = ({ sampler, ratio }: TracingSettings): Sampler => {
  const isParentBased = sampler.startsWith(PARENT_BASED);
  const root = ROOTS[isParentBased ? sampler.slice(PARENT_BASED.length) : sampler]?.(ratio);
  if (!root) throw new Error(`${sampler} is no sampler`);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
};

/**
 * - A stranger's request is decided on as if it had no parent, and by a trace id of our own: whoever
 *   chooses the id would else choose the ratio's answer.
 * - A trace that begins with a link to an earlier one of ours is decided on as its child, so that
 *   what is sampled stays visible to its end.
 */
export const makeSampler = (settings: TracingSettings, newTraceId: () => string): Sampler => {
  const standard = standardSampler(settings);
  return {
    shouldSample: (of: Context, traceId, ...rest) => {
      const [, , , [link]] = rest;
      if (isFromStranger(of)) return standard.shouldSample(trace.deleteSpan(of), newTraceId(), ...rest);
      if (link && !trace.getSpanContext(of))
        return standard.shouldSample(trace.setSpanContext(of, link.context), link.context.traceId, ...rest);
      return standard.shouldSample(of, traceId, ...rest);
    },
    toString: () => `Distrusting{${standard}}`,
  };
};
