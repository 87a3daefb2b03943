/**
 * The SDK of OpenTelemetry, for processes outside Lambda: loaded, and spans exported by OTLP
 * (http/protobuf), only where the standard OTEL_* variables name an endpoint.
 */
import { SERVICE } from '../telemetry/log.ts';
import { useDistrustingSampler } from '../telemetry/tracing.ts';
import { log } from '../telemetry.ts';
import { VERSION } from '../version.ts';
import { within } from '../within.ts';
import type { TracingSettings } from './tracing-settings.ts';

export interface Tracing {
  /** Exports what is left, and ends. Never rejects. */
  close(): Promise<void>;
}

/** A collector that is away fails every batch, one each five seconds. */
const COMPLAINT_EVERY_MS = 60_000;
const CLOSE_MAX_MS = 3_000;

const makeComplaint = (): ((message: string) => void) => {
  let nextAt = 0;
  return (message) => {
    if (performance.now() < nextAt) return;
    nextAt = performance.now() + COMPLAINT_EVERY_MS;
    log.warn('tracing.failed', { reason: message });
  };
};

const OFF: Tracing = { close: async () => {} };

/** @param settings undefined: tracing stays off, and nothing of the SDK is loaded */
export const startTracing = async (settings: TracingSettings | undefined): Promise<Tracing> => {
  if (!settings) return OFF;
  const [api, sdk, { AsyncLocalStorageContextManager }, resources, { OTLPTraceExporter }, { makeSampler }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('./tracing-sampler.ts'),
    ]);
  const warn = makeComplaint();
  const ignore = (): void => {};
  const logger = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  api.diag.setLogger(logger, { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true });
  const ids = new sdk.RandomIdGenerator();
  const provider = new sdk.BasicTracerProvider({
    sampler: makeSampler(settings, () => ids.generateTraceId()),
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say wins.
    resource: resources
      .resourceFromAttributes({ 'service.name': SERVICE, 'service.version': VERSION })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  useDistrustingSampler();
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  api.trace.setGlobalTracerProvider(provider);
  return {
    close: async () => {
      const closed = provider.shutdown();
      await within(closed, CLOSE_MAX_MS).catch((error: unknown) => log.warn('tracing.failed', { error }));
      closed.catch(ignore); // said already
    },
  };
};
