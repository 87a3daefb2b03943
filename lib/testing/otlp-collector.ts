import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import generated from 'otlp-generated/build/src/generated/root.js';

type Value = {
  stringValue?: string | null;
  intValue?: number | { toNumber(): number } | null;
  boolValue?: boolean | null;
};
interface Attribute {
  key: string;
  value: Value;
}

/** As the messages of opentelemetry-proto have it, ids in hexadecimal. */
export interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty: the first of its trace. */
  parentSpanId: string;
  attributes: Record<string, unknown>;
  /** The ids of their traces. */
  links: string[];
  isFailed: boolean;
  resource: Record<string, unknown>;
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  /** Throws what was wrong with a request that was refused. */
  spans(): OtlpSpan[];
  close(): Promise<void>;
}

const STATUS_ERROR = 2;
const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');
const contentOf = ({ stringValue, intValue, boolValue }: Value): unknown =>
  stringValue ?? (typeof intValue === 'object' ? intValue?.toNumber() : intValue) ?? boolValue;
const attributesOf = (all: Attribute[]): Record<string, unknown> =>
  Object.fromEntries(all.map(({ key, value }) => [key, contentOf(value)]));

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** What this kit reads of an ExportTraceServiceRequest. */
interface RawSpan {
  name: string;
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array | null;
  attributes: Attribute[];
  links: { traceId: Uint8Array }[];
  status?: { code?: number } | null;
}
interface RawRequest {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: RawSpan[] }[] }[];
}

/** The generated code of opentelemetry-proto; its types are of another version of protobufjs. */
const { opentelemetry } = generated as unknown as {
  opentelemetry: {
    proto: { collector: { trace: { v1: { ExportTraceServiceRequest: { decode(body: Buffer): RawRequest } } } } };
  };
};

const spanOf = (span: RawSpan, resource: Attribute[]): OtlpSpan => ({
  name: span.name,
  traceId: hex(span.traceId),
  spanId: hex(span.spanId),
  parentSpanId: hex(span.parentSpanId),
  attributes: attributesOf(span.attributes),
  links: span.links.map(({ traceId }) => hex(traceId)),
  isFailed: span.status?.code === STATUS_ERROR,
  resource: attributesOf(resource),
});

const spansOf = (body: Buffer): OtlpSpan[] =>
  opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest.decode(body).resourceSpans.flatMap(
    ({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, resource.attributes))),
  );

/**
 * A receiver of OTLP (http/protobuf) on loopback, by the official messages; anything else is
 * refused.
 */
export const startCollector = async (): Promise<Collector> => {
  const all: OtlpSpan[] = [];
  const refused: unknown[] = [];
  const take = (request: IncomingMessage, body: Buffer): number => {
    try {
      const type = request.headers['content-type'];
      if (request.url !== '/v1/traces' || type !== 'application/x-protobuf') throw new Error(`${request.url}: ${type}`);
      all.push(...spansOf(body));
      return 200;
    } catch (error) {
      refused.push(error);
      return 400;
    }
  };
  const server = createServer(async (request, response) => {
    const status = take(request, await bodyOf(request));
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => {
      if (refused.length > 0) throw refused[0];
      return [...all];
    },
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
};
