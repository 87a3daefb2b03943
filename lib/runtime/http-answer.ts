/** What goes back to the client: a handler's answer, or what API Gateway would say itself, in our format. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { validationFailed } from '../errors.ts';
import { boundedMethod, refusalOf } from '../http/access-log.ts';
import { asServiceError, problemReply } from '../http/problem.ts';
import { respond } from '../http/response.ts';
import { log, metrics } from '../telemetry.ts';

export const HEADER_BYTES_MAX = 16_384;
/** Of a refused request: up to here its body is read and thrown away, so that its connection stays. */
const DISCARDED_BYTES_MAX = 65_536;

/** @param timeoutMs for the client to take it: one that does not read holds what we have to say in our memory */
export const send = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2, timeoutMs: number): void => {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const status = result.statusCode ?? 200;
  const headers = result.headers as Record<string, string>;
  const bodiless = status === 204 || response.req.method === 'HEAD';
  response.writeHead(status, bodiless ? headers : { ...headers, 'content-length': String(body.length) });
  response.end(body);
  if (!response.socket?.writableLength) return;
  const timer = setTimeout(() => response.destroy(), timeoutMs).unref();
  response.once('close', () => clearTimeout(timer));
};

/** Logged and counted here, as no function sees it. */
export const sendProblem = (response: ServerResponse, error: unknown, requestId: string, timeoutMs: number): void => {
  const { method = '', url = '/' } = response.req;
  const problem = asServiceError(error);
  const reply = problemReply(problem, { requestId, path: url.split('?')[0] ?? '/' });
  const fields = { route: 'unmatched', method: boundedMethod(method), status: reply.status ?? 500 };
  metrics.httpRequest(fields, 0);
  log.info('request', { request_id: requestId, ...fields, ...refusalOf(problem) });
  send(response, respond(reply, method, requestId), timeoutMs);
};

const isSoonRead = ({ complete, headers }: IncomingMessage): boolean =>
  complete ||
  (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= DISCARDED_BYTES_MAX);

/** Before a request that is not worked on: a large body is left unread, and the connection ends `lingerMs` later. */
export const leaveUnread = (request: IncomingMessage, response: ServerResponse, lingerMs: number): void => {
  if (isSoonRead(request)) return;
  response.setHeader('connection', 'close');
  request.on('error', () => {}).resume();
  setTimeout(() => request.destroy(), lingerMs).unref();
};

const REASONS: Record<string, { pointer: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: { pointer: '/header', detail: `must be at most ${HEADER_BYTES_MAX} bytes in all` },
  ERR_HTTP_REQUEST_TIMEOUT: { pointer: '', detail: 'must arrive without long pauses' },
};
const NOT_HTTP = { pointer: '', detail: 'must be an HTTP/1.1 message' };

/** Bytes that are not HTTP, too many headers, or too slow ones: node has no request to answer, so the socket gets it raw. */
export const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const refused = validationFailed([REASONS[error.code ?? ''] ?? NOT_HTTP]);
  const { raw } = problemReply(refused, { requestId: randomUUID(), path: '/' });
  const body = raw?.body as string;
  const head = ['HTTP/1.1 400 Bad Request', 'connection: close', `content-type: ${raw?.contentType}`];
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};
