import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HEADERS_MAX } from '../../http/request.ts';
import { random } from '../../platform/random.ts';
import { HEADER_BYTES_MAX, isTimeout, malformed, refuseMalformed } from './answer.ts';
import { boundConnections } from './connections.ts';
import { type EventLoopDelay, startEventLoopDelay } from './event-loop-delay.ts';
import { handle, type Serving } from './exchange.ts';
import { type HttpServer, openListeners } from './listeners.ts';
import { LOAD_LIMITS, type LoadLimits, makeLoadShedding } from './load-shedding.ts';
import { withoutPipelining } from './pipelining.ts';
import { makeUnreadAnswers } from './unread-answers.ts';

const TIMES = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** How often node looks for what is over the two above. */
  checkEveryMs: 2_000,
  /** For a client to take its answer. */
  answerTimeoutMs: 30_000,
  /** From then on its connection is closed when the memory for answers runs out. */
  slowAfterMs: 2_000,
  /** Longer than the idle time of common load balancers (60 s), so that theirs ends first. */
  keepAliveTimeoutMs: 72_000,
  /** For a client that still sends what has been refused, to read the answer. */
  lingerMs: 1_000,
  /**
   * For the rest of a large body that is not wanted, before the answer; 20 MB in it are 16 Mbit/s.
   */
  drainMs: 10_000,
  /** A pause in it as long as this ends that. */
  drainQuietMs: 250,
};
export interface HttpServerOptions extends Pick<Serving, 'match' | 'functions' | 'admitMetrics'> {
  port: number;
  host: string;
  /** Instead of `LOAD_LIMITS`. */
  limits?: Partial<LoadLimits>;
  /** While false, readiness says no whatever the probes find. Default: always true. */
  isReady?: () => boolean;
  /** Injected by tests, as is `eventLoopDelay`. */
  times?: Partial<typeof TIMES>;
  eventLoopDelay?: EventLoopDelay;
}

/** Serves the HTTP API's routes as API Gateway and Lambda would. Rejects when the port cannot be had. */
export const startHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const inFlight = new Set<ServerResponse>();
  const eventLoopDelay = options.eventLoopDelay ?? startEventLoopDelay();
  const limits = { ...LOAD_LIMITS, ...options.limits };
  const loadShedding = makeLoadShedding({ limits, eventLoopDelayMs: eventLoopDelay.ms, fraction: random.fraction });
  const times = { ...TIMES, ...options.times };
  let draining = false;
  const isReady = (): boolean => !draining && (options.isReady?.() ?? true);
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    response.shouldKeepAlive &&= !draining;
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
    void handle(serving, request, response);
  };
  const { onRequest, onMalformed, waitingBytes } = withoutPipelining(begin, limits.pipelinedBytes);
  const server = createServer(
    {
      requireHostHeader: false, // see lacksHost
      headersTimeout: times.headersTimeoutMs,
      requestTimeout: times.requestTimeoutMs,
      connectionsCheckingInterval: times.checkEveryMs,
      keepAliveTimeout: times.keepAliveTimeoutMs,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    onRequest,
  );
  server.maxHeadersCount = 2 * HEADERS_MAX; // beyond it node refuses; below it we say what is wrong
  const connections = boundConnections(server, limits.connections);
  const unread = makeUnreadAnswers(
    { bytes: limits.answerBytes, deadlineMs: times.answerTimeoutMs, slowAfterMs: times.slowAfterMs },
    loadShedding.refusal,
  );
  const { lingerMs, drainMs: maxMs, drainQuietMs: quietMs } = times;
  const drain = { maxMs, quietMs };
  const serving: Serving = { ...options, loadShedding, connections, unread, isReady, lingerMs, drain };
  server.on('clientError', (error, socket) => {
    const isLate = isTimeout(error) && eventLoopDelay.ms() > limits.lateMs;
    const refused = isLate ? loadShedding.refusal() : malformed(error);
    onMalformed(socket as Socket, () => refuseMalformed(refused, socket as Socket, times.lingerMs));
  });
  // Without this, node asks for every body.
  server.on('checkContinue', onRequest);
  // Node would answer 417 itself; RFC 9110 (10.1.1) lets an unknown expectation be ignored.
  server.on('checkExpectation', onRequest);
  const listeners = await openListeners(server, { port: options.port, host: options.host });
  const startDraining = (): void => {
    draining = true;
    for (const response of inFlight) response.shouldKeepAlive = false; // else its connection stays open
  };
  const close = async (graceMs: number): Promise<void> => {
    startDraining();
    const closed = listeners.close();
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
    eventLoopDelay.stop();
  };
  const held = () => ({ ...unread.held(), pipelinedBytes: waitingBytes() });
  return { port: listeners.port, drain: startDraining, close, held };
};
