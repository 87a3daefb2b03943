/**
 * The SDK of OpenTelemetry, which exports by OTLP (http/protobuf). Loaded by tracing.ts where
 * tracing is on.
 */
import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, RandomIdGenerator } from '@opentelemetry/sdk-trace-base';
import { withTimeout } from '../../concurrency/with-timeout.ts';
import { VERSION } from '../../platform/version.ts';
import { log } from '../../telemetry/index.ts';
import { SERVICE } from '../../telemetry/log.ts';
import { useDistrustingSampler } from '../../telemetry/tracing.ts';
import { makeSampler } from './sampler.ts';
import type { TracingSettings } from './settings.ts';

/** A collector that is away fails every batch, one each five seconds. */
const COMPLAINT_EVERY_MS = 60_000;
const CLOSE_MAX_MS = 3_000;

const ignore = (): void => {};

const logComplaints = (): void => {
  let nextAt = 0;
  const warn = (reason: string): void => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + COMPLAINT_EVERY_MS;
    log.warn('tracing.failed', { reason });
  };
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
};

/** What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins. */
const resource = () =>
  resourceFromAttributes({ 'service.name': SERVICE, 'service.version': VERSION }).merge(
    detectResources({ detectors: [envDetector] }),
  );

/** Installs the SDK as OpenTelemetry's own for this process. */
export const startSdk = (settings: TracingSettings): Tracing => {
  logComplaints();
  const ids = new RandomIdGenerator();
  const provider = new BasicTracerProvider({
    sampler: makeSampler(settings, () => ids.generateTraceId()),
    resource: resource(),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  useDistrustingSampler();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  trace.setGlobalTracerProvider(provider);
  return {
    close: async () => {
      const closed = provider.shutdown();
      await withTimeout(closed, CLOSE_MAX_MS).catch((error: unknown) => log.warn('tracing.failed', { error }));
      closed.catch(ignore); // said already
    },
  };
};

export interface Tracing {
  /** Exports what is left, and ends. Never rejects. */
  close(): Promise<void>;
}
