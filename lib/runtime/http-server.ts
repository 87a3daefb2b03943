import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Admitted } from '../auth/guard.ts';
import { ServiceError, validationFailed } from '../errors.ts';
import { random } from '../random.ts';
import { log } from '../telemetry.ts';
import { ADMISSION_LIMITS, type Admission, type AdmissionLimits, makeAdmission } from './admission.ts';
import { boundConnections, type Connections } from './connections.ts';
import { invoke, type LoadedFunction } from './handlers.ts';
import { HEADER_BYTES_MAX, leaveUnread, refuseMalformed, send, sendProblem } from './http-answer.ts';
import { readBody } from './http-body.ts';
import { apiGatewayEvent, headersOf, targetOf } from './http-event.ts';
import { type Lag, startLag } from './lag.ts';
import { openListeners } from './listeners.ts';
import { isMetrics, sendMetrics } from './metrics-server.ts';
import type { Match } from './router.ts';

const TIMES = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** How often node looks for what is over the two above. */
  checkEveryMs: 2_000,
  /** For a client to take its answer. */
  answerTimeoutMs: 30_000,
  /** Longer than the idle time of common load balancers (60 s), so that theirs ends first. */
  keepAliveTimeoutMs: 72_000,
  /** For a client that still sends what has been refused, to read the answer. */
  lingerMs: 1_000,
};
const READINESS = new Set(['/health', '/health/', '/health/ready', '/health/ready/']);
/** Whoever looks after the process is heard while it has too much to do too: most of all then. */
const HEALTH = new Set([...READINESS, '/health/live', '/health/live/']);

export interface HttpServerOptions {
  port: number;
  host: string;
  match(method: string, path: string): Match | undefined;
  functions: ReadonlyMap<string, LoadedFunction>;
  /** Throws for those who may not read `/metrics`. */
  admitMetrics: (headers: Record<string, string>) => Promise<Pick<Admitted, 'headers' | 'background'>>;
  /** Instead of `ADMISSION_LIMITS`. */
  limits?: Partial<AdmissionLimits>;
  /** While false, readiness says no whatever the probes find. Default: always true. */
  isReady?: () => boolean;
  /** Injected by tests, as is `lag`. */
  times?: Partial<typeof TIMES>;
  lag?: Lag;
}

export interface HttpServer {
  port: number;
  /** Says that it is not ready any more, so that load balancers leave; answers on, each connection's last answer. */
  drain(): void;
  /** No new connections; requests under way finish, within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

interface Serving extends HttpServerOptions {
  admission: Admission;
  connections: Connections;
  times: typeof TIMES;
  isReady(): boolean;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
}

const matchOf = (options: HttpServerOptions, method: string, path: string): Match => {
  try {
    const match = options.match(method, path);
    if (match) return match;
  } catch {
    throw validationFailed([{ pointer: '/path', detail: 'must be percent-encoded UTF-8' }]);
  }
  throw new ServiceError('not-found', 'There is nothing at this path.');
};

/** What the probes say, but that nothing new should come: RFC 9110 has no status of its own for it. */
const asUnready = (result: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 => {
  if (!result.body) return { ...result, statusCode: 503 };
  return { ...result, statusCode: 503, body: JSON.stringify({ ...JSON.parse(result.body), status: 'unavailable' }) };
};

const answer = async (serving: Serving, { request, response, requestId }: Exchange): Promise<void> => {
  const { admission, times } = serving;
  const { method = 'GET', url = '/' } = request;
  const target = targetOf(url);
  if (!target) throw validationFailed([{ pointer: '/path', detail: 'must be a path' }]);
  const match = matchOf(serving, method, target.path);
  const loaded = serving.functions.get(match.functionName);
  if (!loaded) throw new ServiceError('not-found', 'There is nothing at this path.');
  const isHealth = HEALTH.has(target.path);
  if (!isHealth) admission.check();
  const held = admission.hold();
  try {
    const body = await readBody(request, held.add);
    if (!body) throw new ServiceError('payload-too-large', 'The body is too large.');
    serving.connections.working(request, response);
    const event = apiGatewayEvent(request, body, { match, ...target, requestId, now: new Date() });
    const work = () => invoke(loaded, event, requestId) as Promise<APIGatewayProxyStructuredResultV2>;
    const result = await (isHealth ? work() : admission.run(work));
    const isUnready = !serving.isReady() && READINESS.has(target.path);
    send(response, isUnready ? asUnready(result) : result, times.answerTimeoutMs);
  } finally {
    held.release();
  }
};

const serveMetrics = async ({ admitMetrics }: Serving, { request, response }: Exchange): Promise<void> => {
  const { headers, background } = await admitMetrics(headersOf(request));
  await background;
  await sendMetrics(response, headers);
};

const handle = async (serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const requestId = randomUUID();
  const exchange = { request, response, requestId };
  const { times } = serving;
  try {
    await (isMetrics(request) ? serveMetrics(serving, exchange) : answer(serving, exchange));
  } catch (error) {
    if (request.destroyed && !request.complete) return; // the client went away: nobody is there to answer
    if (!(error instanceof ServiceError)) log.error('invocation failed', { request_id: requestId, error });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    leaveUnread(request, response, times.lingerMs);
    sendProblem(response, error, requestId, times.answerTimeoutMs);
  }
};

/** Serves the HTTP API's routes as API Gateway and Lambda would. Rejects when the port cannot be had. */
export const startHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const underWay = new Set<ServerResponse>();
  const lag = options.lag ?? startLag();
  const limits = { ...ADMISSION_LIMITS, ...options.limits };
  const admission = makeAdmission({ limits, lagMs: lag.ms, fraction: random.fraction });
  const times = { ...TIMES, ...options.times };
  let draining = false;
  const isReady = (): boolean => !draining && (options.isReady?.() ?? true);
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    response.shouldKeepAlive &&= !draining;
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    void handle(serving, request, response);
  };
  const server = createServer(
    {
      headersTimeout: times.headersTimeoutMs,
      requestTimeout: times.requestTimeoutMs,
      connectionsCheckingInterval: times.checkEveryMs,
      keepAliveTimeout: times.keepAliveTimeoutMs,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    begin,
  );
  const connections = boundConnections(server, limits.connections);
  const serving = { ...options, admission, connections, times, isReady };
  server.on('clientError', refuseMalformed);
  // Node would answer 417 itself; RFC 9110 (10.1.1) lets an expectation nobody knows go unheard.
  server.on('checkExpectation', begin);
  const listeners = await openListeners(server, { port: options.port, host: options.host });
  const drain = (): void => {
    draining = true;
    for (const response of underWay) response.shouldKeepAlive = false; // else its connection would outlive it, idle
  };
  const close = async (graceMs: number): Promise<void> => {
    drain();
    const closed = listeners.close();
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
    lag.stop();
  };
  return { port: listeners.port, drain, close };
};
