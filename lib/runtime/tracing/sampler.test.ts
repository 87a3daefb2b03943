import { context, SpanKind, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { parseTraceContext } from '../../telemetry/trace-context.ts';
import { type Recorded, recordSpans } from '../../telemetry/tracing.testing.ts';
import { inEntrySpan, inSpan, useDistrustingSampler } from '../../telemetry/tracing.ts';
import { makeSampler } from './sampler.ts';
import { SAMPLERS, type TracingSettings } from './settings.ts';

/**
 * The ratio is of the four parts of an id, by exclusive or: these give its least and its greatest
 * number.
 */
const LOW = '1'.padStart(32, '0');
const HIGH = 'ffffffff'.padEnd(32, '0');
const contextOf = (traceId: string, flags: string) => {
  const found = parseTraceContext({ traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` });
  if (!found) throw new Error('not a traceparent');
  return found;
};

let recorded: Recorded | undefined;
afterEach(() => recorded?.stop());

/** How many spans of an entry and its child are recorded. */
const recordedOf = async (
  settings: TracingSettings,
  entry: { parent?: string; isStranger?: boolean; link?: string; traceId?: string },
  ownTraceId = HIGH,
): Promise<number> => {
  useDistrustingSampler();
  recorded = recordSpans(makeSampler(settings, () => ownTraceId));
  const given = (flags: string | undefined) => flags && contextOf(entry.traceId ?? HIGH, flags);
  const [parent, link] = [given(entry.parent), given(entry.link)];
  const options = {
    kind: link ? SpanKind.CONSUMER : SpanKind.SERVER,
    ...(parent && { parent }),
    isStranger: entry.isStranger ?? false,
  };
  await inEntrySpan('entry', { ...options, ...(link && { links: [{ context: link }] }) }, () =>
    inSpan('inner', {}, async () => {}),
  );
  recorded.stop();
  return recorded.spans().length;
};

const ratio = { sampler: 'parentbased_traceidratio', ratio: 0.5 } as const;

describe('the flag of a caller', () => {
  it('decides where the caller is trusted', async () => {
    expect(await recordedOf({ sampler: 'parentbased_always_off', ratio: 1 }, { parent: '01' })).toBe(2);
    expect(await recordedOf({ sampler: 'parentbased_always_on', ratio: 1 }, { parent: '00' })).toBe(0);
  });

  it("of a stranger decides nothing, neither yes nor no, and the stranger's trace goes on", async () => {
    const stranger = { isStranger: true };
    expect(await recordedOf({ sampler: 'parentbased_always_off', ratio: 1 }, { ...stranger, parent: '01' })).toBe(0);
    expect(await recordedOf({ sampler: 'parentbased_always_on', ratio: 1 }, { ...stranger, parent: '00' })).toBe(2);
    const traces = recorded?.spans().map((span) => span.spanContext().traceId);
    expect(new Set(traces)).toEqual(new Set([HIGH]));
  });

  it('nor does the trace id that a stranger chose: the ratio is taken of one of our own', async () => {
    const stranger = { isStranger: true, parent: '01' };
    expect(await recordedOf(ratio, { ...stranger, traceId: LOW }, HIGH)).toBe(0);
    expect(await recordedOf(ratio, { ...stranger, traceId: HIGH }, LOW)).toBe(2);
    const plain = { sampler: 'traceidratio', ratio: 0.5 } as const;
    expect(await recordedOf(plain, { ...stranger, traceId: LOW }, HIGH)).toBe(0);
    expect(await recordedOf(plain, { ...stranger, traceId: HIGH }, LOW)).toBe(2);
  });

  it('of a known caller decides nothing by a plain ratio', async () => {
    const plain = { sampler: 'traceidratio', ratio: 0.5 } as const;
    expect(await recordedOf(plain, { parent: '01', traceId: LOW }, HIGH)).toBe(0);
  });
});

describe('a trace that links to an earlier one', () => {
  it.each([
    ['parentbased_traceidratio', '01', 2],
    ['parentbased_traceidratio', '00', 0],
    ['parentbased_always_on', '01', 2],
    ['always_off', '01', 0],
  ] as const)('by %s with flag %s has %i spans', async (sampler, link, count) => {
    expect(await recordedOf({ sampler, ratio: 0 }, { link })).toBe(count);
  });
});

describe('every sampler that OpenTelemetry names', () => {
  const decide = (sampler: TracingSettings['sampler'], of = context.active()) =>
    makeSampler({ sampler, ratio: 0 }, () => HIGH).shouldSample(of, HIGH, 'span', SpanKind.INTERNAL, {}, []).decision;
  const sampledParent = trace.setSpanContext(context.active(), contextOf(HIGH, '01'));

  it('is known by its name', () => {
    const on = SamplingDecision.RECORD_AND_SAMPLED;
    expect(SAMPLERS.filter((sampler) => decide(sampler) === on)).toEqual(['always_on', 'parentbased_always_on']);
    expect(SAMPLERS.filter((sampler) => decide(sampler, sampledParent) === on)).toEqual([
      'always_on',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]);
  });
});
