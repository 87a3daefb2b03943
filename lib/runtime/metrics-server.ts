/** `METRICS_PORT`: the metrics without a key, for a port that only the inside of a network reaches. Nothing else is there. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ServiceError } from '../errors.ts';
import { HEADERS_MAX } from '../http/request.ts';
import { OPEN_METRICS_TYPE, PROMETHEUS_TYPE, prefersOpenMetrics, toOpenMetrics } from '../telemetry/open-metrics.ts';
import { log, metricsText } from '../telemetry.ts';
import { compressed } from './compress.ts';
import { asAskedFor } from './http-answer.ts';
import { hasTooManyHeaders, headersOf, lacksHost, targetOf } from './http-event.ts';
import type { HttpServer } from './http-server.ts';
import { closed, listen } from './listeners.ts';
import { withoutPipelining } from './pipelining.ts';
import { type Answer, makeUnreadAnswers, type UnreadAnswers } from './unread-answers.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 100;
const UNREAD = { bytes: 16 * 1_048_576, deadlineMs: 10_000, slowAfterMs: 2_000 };
const PIPELINED_BYTES = 4 * 1_048_576;

/** `/metrics` is the runtime's own and not in serverless.yml: on AWS, CloudWatch gets the same metrics by the log. */
export const isMetrics = ({ url = '/' }: IncomingMessage): boolean => {
  const path = targetOf(url)?.path;
  return path === '/metrics' || path === '/metrics/';
};

export const METRICS_METHODS = 'GET, HEAD';

/**
 * In the format that `asked`, the request's headers, prefers; compressed where that is accepted.
 */
export const metricsAnswer = async (
  asked: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const isOpenMetrics = prefersOpenMetrics(asked.accept);
  const text = await metricsText();
  const body = Buffer.from(isOpenMetrics ? toOpenMetrics(text) : text);
  const contentType = isOpenMetrics ? OPEN_METRICS_TYPE : PROMETHEUS_TYPE;
  const answer = {
    status: 200,
    headers: { ...headers, 'content-type': contentType, 'content-length': String(body.length) },
    body,
  };
  const { headers: made, ...rest } = await compressed(answer, asked['accept-encoding']);
  return { ...rest, headers: { ...made, vary: 'accept, accept-encoding' } };
};

const bare = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: Buffer.alloc(0),
});

const answerTo = async (request: IncomingMessage): Promise<Answer> => {
  if (lacksHost(request) || hasTooManyHeaders(request)) return bare(400);
  if (!isMetrics(request)) return bare(404);
  if (request.method !== 'GET' && request.method !== 'HEAD') return bare(405, { allow: METRICS_METHODS });
  return metricsAnswer(headersOf(request));
};

const answer = async (unread: UnreadAnswers, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const found = asAskedFor(await answerTo(request), request.method);
    unread.send(response, found, { share: '', kind: 'metrics', isRepeatable: true });
  } catch (error) {
    log.error('metrics failed', { error });
    response.destroy();
  }
};

/** Rejects when the port cannot be had. */
export const startMetricsServer = async (options: {
  port: number;
  host: string;
}): Promise<Omit<HttpServer, 'drain' | 'held'>> => {
  const unread = makeUnreadAnswers(UNREAD, () => new ServiceError('unavailable', 'Earlier answers are not read.'));
  const { onRequest } = withoutPipelining(
    (request, response) => void answer(unread, request, response),
    PIPELINED_BYTES,
  );
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, requireHostHeader: false },
    onRequest,
  );
  server.maxHeadersCount = 2 * HEADERS_MAX;
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, { port: options.port, host: options.host });
  const close = async (): Promise<void> => {
    const ended = closed(server);
    server.closeAllConnections();
    await ended;
  };
  return { port, close };
};
