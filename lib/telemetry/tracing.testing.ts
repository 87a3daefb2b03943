/** A real SDK in this process, whose spans the test reads. */
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export interface Recorded {
  /** Finished spans, in the order of their ends. */
  spans(): ReadableSpan[];
  /** Throws unless exactly one has the name. */
  named(name: string): ReadableSpan;
  /** How often a flush was asked for. */
  flushes(): number;
  stop(): void;
}

/** @param flush what sending takes */
export const recordSpans = (sampler?: Sampler, flush = async (): Promise<void> => {}): Recorded => {
  let flushes = 0;
  const exporter = new InMemorySpanExporter();
  exporter.forceFlush = async () => {
    flushes += 1;
    await flush();
  };
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  trace.setGlobalTracerProvider(provider);
  return {
    spans: () => exporter.getFinishedSpans(),
    named: (name) => {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found.length === 1 && found[0]) return found[0];
      const names = exporter.getFinishedSpans().map((span) => span.name);
      throw new Error(`${found.length} spans are named ${name}; there are ${names.join(', ')}`);
    },
    flushes: () => flushes,
    stop: () => {
      trace.disable();
      context.disable();
    },
  };
};

export const isFailed = (span: ReadableSpan): boolean => span.status.code === SpanStatusCode.ERROR;
export const linksOf = (span: ReadableSpan): string[] => span.links.map(({ context: { traceId } }) => traceId);
