/** What goes back to the client: a handler's answer, or what API Gateway would say itself, in our format. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { asServiceError, type ServiceError, validationFailed } from '../../errors.ts';
import { boundedMethod, refusalOf } from '../../http/middleware/access-log.ts';
import { problemReply } from '../../http/problem.ts';
import { HEADERS_MAX } from '../../http/request.ts';
import { respond } from '../../http/response.ts';
import { BYTES, type HttpResult } from '../../http/types.ts';
import { log, metrics } from '../../telemetry/index.ts';
import type { Answer } from './unread-answers.ts';

export const HEADER_BYTES_MAX = 16_384;

/** A handler's result as what goes out, its bytes not copied where it has them; of HEAD, as of GET. */
export const answerOf = (result: HttpResult): Answer => {
  const { [BYTES]: bytes, statusCode: status = 200 } = result;
  const body = bytes ?? Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const headers = result.headers as Record<string, string>;
  const bodiless = status === 204 || status === 304;
  return {
    status,
    headers: bodiless ? headers : { ...headers, 'content-length': String(body.length) },
    body,
    isShared: bytes !== undefined && result.isBase64Encoded === true,
  };
};

const NOTHING = Buffer.alloc(0);

/** RFC 9110 (9.3.2): HEAD has the headers of GET, its Content-Length included, and no body. */
export const asAskedFor = (answer: Answer, method: string | undefined): Answer =>
  method === 'HEAD' ? { ...answer, body: NOTHING } : answer;

/** Logged and counted here, as no function sees it. */
export const problemAnswer = (
  { method = '', url = '/' }: IncomingMessage,
  error: unknown,
  requestId: string,
): Answer => {
  const problem = asServiceError(error);
  const reply = problemReply(problem, { requestId, path: url.split('?')[0] ?? '/' });
  const fields = { route: 'unmatched', method: boundedMethod(method), status: reply.status ?? 500 };
  metrics.httpRequest(fields, 0);
  log.info('request', { request_id: requestId, ...fields, ...refusalOf(problem) });
  return answerOf(respond(reply, method, requestId));
};

const REASONS: Record<string, { pointer: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: {
    pointer: '/header',
    detail: `must be at most ${HEADER_BYTES_MAX} bytes in all, and at most ${HEADERS_MAX} headers`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: { pointer: '', detail: 'must arrive without long pauses' },
};
const NOT_HTTP = { pointer: '', detail: 'must be an HTTP/1.1 message' };

/** Whether a request did not arrive in time: its client was slow, or this process was and read it late. */
export const isTimeout = ({ code }: NodeJS.ErrnoException): boolean => code === 'ERR_HTTP_REQUEST_TIMEOUT';

/** What is wrong with bytes that are not HTTP, or with headers that are too many or too slow. */
export const malformed = ({ code = '' }: NodeJS.ErrnoException): ServiceError =>
  validationFailed([REASONS[code] ?? NOT_HTTP]);

/**
 * Node has no request to answer, so the socket gets it raw.
 * @param lingerMs for the client to take it and close
 */
export const refuseMalformed = (refused: ServiceError, socket: Socket, lingerMs: number): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status = 500, raw, headers } = problemReply(refused, { requestId: randomUUID(), path: '/' });
  const body = raw?.body as string;
  const more = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...['connection: close', `content-type: ${raw?.contentType}`, ...more],
  ];
  socket.end(`${head.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
};
