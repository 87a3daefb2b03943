import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, trace } from '@opentelemetry/api';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { log } from '../../telemetry/index.ts';
import { inEntrySpan, isTracing } from '../../telemetry/tracing.ts';
import { startCollector } from '../../testing/otlp-collector.ts';
import { readTracingSettings } from './settings.ts';
import { startTracing } from './tracing.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

afterEach(() => {
  trace.disable();
  context.disable();
});

describe('the OTEL_* variables', () => {
  it.each([
    ['none is set', {}],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['the SDK is disabled', { ...ENDPOINT, OTEL_SDK_DISABLED: 'True' }],
    ['nothing is to be exported', { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
    ['no endpoint is set, whatever else is', { OTEL_TRACES_SAMPLER: 'nonsense', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ])('leave tracing off while %s', (_, environment) => {
    expect(readTracingSettings(environment)).toEqual({ problems: [] });
  });

  it('choose the sampler; without one every trace is sampled', () => {
    expect(readTracingSettings(ENDPOINT).settings).toEqual({ sampler: 'parentbased_always_on', ratio: 1 });
    const given = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    const endpoint = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/custom' };
    expect(readTracingSettings({ ...endpoint, ...given }).settings).toEqual({ sampler: 'traceidratio', ratio: 0.25 });
  });

  it('that cannot be followed are named, with the rule', () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_TRACES_SAMPLER: 'jaeger_remote',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    };
    const { settings, problems } = readTracingSettings(wrong);
    expect(settings).toBeUndefined();
    expect(problems.map((line) => line.trim().split(':')[0])).toEqual(Object.keys(wrong));
    expect(problems.join('\n')).toContain('OTEL_EXPORTER_OTLP_PROTOCOL: must be one of http/protobuf, not "grpc"');
  });
});

describe('the SDK', () => {
  it('is left alone while tracing is off', async () => {
    const off = await startTracing(undefined);
    expect(isTracing()).toBe(false);
    await off.close();
  });

  it('exports to the endpoint, as the service that the variables name, and what is left when it closes', async () => {
    const collector = await startCollector();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url);
    vi.stubEnv('OTEL_SERVICE_NAME', 'billing-notifications');
    const { settings } = readTracingSettings(process.env);
    const tracing = await startTracing(settings);
    await inEntrySpan('entry', {}, async () => {});
    await tracing.close();
    expect(collector.spans()).toMatchObject([{ name: 'entry', resource: { 'service.name': 'billing-notifications' } }]);
    await collector.close();
  });

  it('says that a collector is away', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9');
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
    const warn = vi.spyOn(log, 'warn');
    const tracing = await startTracing(readTracingSettings(process.env).settings);
    await inEntrySpan('entry', {}, async () => {});
    await tracing.close();
    expect(warn).toHaveBeenCalledWith('tracing.failed', expect.anything());
  });

  it('waits three seconds at most for a collector that does not answer, when the process ends', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const tracing = await startTracing(readTracingSettings(process.env).settings);
    await inEntrySpan('entry', {}, async () => {});
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const closed = tracing.close();
    await vi.advanceTimersByTimeAsync(3_000);
    await closed;
    vi.useRealTimers();
    silent.closeAllConnections();
    silent.close();
  });
});
