import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Admitted } from '../auth/guard.ts';
import { ServiceError, validationFailed } from '../errors.ts';
import { boundedMethod } from '../http/access-log.ts';
import { asServiceError, problemReply } from '../http/problem.ts';
import { respond } from '../http/response.ts';
import { log, metrics } from '../telemetry.ts';
import { invoke, type LoadedFunction } from './handlers.ts';
import { readBody } from './http-body.ts';
import { apiGatewayEvent, headersOf, targetOf } from './http-event.ts';
import { isMetrics, sendMetrics } from './metrics-server.ts';
import type { Match } from './router.ts';

const LIMITS = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** Longer than the idle time of common load balancers (60 s), so that theirs ends first. */
  keepAliveTimeoutMs: 72_000,
  headerBytes: 16_384,
  connections: 2_000,
  /** For a client that still sends what has been refused, to read the answer. */
  lingerMs: 1_000,
};

export interface HttpServerOptions {
  port: number;
  host: string;
  match(method: string, path: string): Match | undefined;
  functions: ReadonlyMap<string, LoadedFunction>;
  /** Throws for those who may not read `/metrics`. */
  admitMetrics: (headers: Record<string, string>) => Promise<Pick<Admitted, 'headers' | 'background'>>;
}

export interface HttpServer {
  port: number;
  /** No new connections; requests under way finish, within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const send = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void => {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const status = result.statusCode ?? 200;
  const headers = result.headers as Record<string, string>;
  const bodiless = status === 204 || response.req.method === 'HEAD';
  response.writeHead(status, bodiless ? headers : { ...headers, 'content-length': String(body.length) });
  response.end(body);
};

/** What API Gateway would answer itself, in our format; logged and counted here, as no function sees it. */
const sendProblem = (response: ServerResponse, error: unknown, requestId: string): void => {
  const { method = '', url = '/' } = response.req;
  const problem = asServiceError(error);
  const reply = problemReply(problem, { requestId, path: url.split('?')[0] ?? '/' });
  const fields = { route: 'unmatched', method: boundedMethod(method), status: reply.status ?? 500 };
  metrics.httpRequest(fields, 0);
  log.info('request', { request_id: requestId, ...fields, code: problem.code });
  send(response, respond(reply, method, requestId));
};

/** Answers at once, and leaves the rest of the body unread: the connection ends soon after. */
const refuseUnread = (request: IncomingMessage, response: ServerResponse, requestId: string): void => {
  response.setHeader('connection', 'close');
  sendProblem(response, new ServiceError('payload-too-large', 'The body is too large.'), requestId);
  request.on('error', () => {}).resume();
  setTimeout(() => request.destroy(), LIMITS.lingerMs).unref();
};

const matchOf = (options: HttpServerOptions, method: string, path: string): Match => {
  try {
    const match = options.match(method, path);
    if (match) return match;
  } catch {
    throw validationFailed([{ pointer: '/path', detail: 'must be percent-encoded UTF-8' }]);
  }
  throw new ServiceError('not-found', 'There is nothing at this path.');
};

const answer = async (
  options: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> => {
  const { method = 'GET', url = '/' } = request;
  const target = targetOf(url);
  if (!target) throw validationFailed([{ pointer: '/path', detail: 'must be a path' }]);
  const match = matchOf(options, method, target.path);
  const loaded = options.functions.get(match.functionName);
  if (!loaded) throw new ServiceError('not-found', 'There is nothing at this path.');
  const body = await readBody(request);
  if (!body) return refuseUnread(request, response, requestId);
  const event = apiGatewayEvent(request, body, { match, ...target, requestId, now: new Date() });
  send(response, (await invoke(loaded, event, requestId)) as APIGatewayProxyStructuredResultV2);
};

const serveMetrics = async (
  { admitMetrics }: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { headers, background } = await admitMetrics(headersOf(request));
  await background;
  await sendMetrics(response, headers);
};

const handle = async (options: HttpServerOptions, request: IncomingMessage, response: ServerResponse) => {
  const requestId = randomUUID();
  try {
    await (isMetrics(request)
      ? serveMetrics(options, request, response)
      : answer(options, request, response, requestId));
  } catch (error) {
    if (request.destroyed && !request.complete) return; // the client went away: nobody is there to answer
    if (!(error instanceof ServiceError)) log.error('invocation failed', { request_id: requestId, error });
    if (response.headersSent) response.destroy();
    else sendProblem(response, error, requestId);
  }
};

/** Bytes that are not HTTP, or headers above the limit: node has no request to answer, so the socket gets it raw. */
const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const refused = validationFailed([
    tooLarge
      ? { pointer: '/header', detail: `must be at most ${LIMITS.headerBytes} bytes in all` }
      : { pointer: '', detail: 'must be an HTTP/1.1 message' },
  ]);
  const { raw } = problemReply(refused, { requestId: randomUUID(), path: '/' });
  const body = raw?.body as string;
  const head = ['HTTP/1.1 400 Bad Request', 'connection: close', `content-type: ${raw?.contentType}`];
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};

/** Serves the HTTP API's routes as API Gateway and Lambda would. Rejects when the port cannot be had. */
export const startHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const underWay = new Set<ServerResponse>();
  let closing = false;
  const begin = (request: IncomingMessage, response: ServerResponse): void => {
    response.shouldKeepAlive &&= !closing;
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    void handle(options, request, response);
  };
  const server = createServer(
    {
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      maxHeaderSize: LIMITS.headerBytes,
    },
    begin,
  );
  server.maxConnections = LIMITS.connections;
  server.on('clientError', refuseMalformed);
  // Node would answer 417 itself; RFC 9110 (10.1.1) lets an expectation nobody knows go unheard.
  server.on('checkExpectation', begin);
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(options.port, options.host, listening.resolve);
  await listening.promise;
  const close = async (graceMs: number): Promise<void> => {
    const closed = Promise.withResolvers<void>();
    closing = true;
    for (const response of underWay) response.shouldKeepAlive = false; // else its connection would outlive it, idle
    server.close(() => closed.resolve());
    server.closeIdleConnections();
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed.promise;
    clearTimeout(timer);
  };
  return { port: (server.address() as AddressInfo).port, close };
};
