/**
 * `METRICS_PORT`: the metrics without a key, for a port that only the inside of a network reaches.
 * Nothing else is there.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ServiceError } from '../errors.ts';
import { HEADERS_MAX } from '../http/request.ts';
import { log } from '../telemetry/index.ts';
import { asAskedFor } from './http/answer.ts';
import { hasTooManyHeaders, headersOf, lacksHost } from './http/event.ts';
import type { HttpServer } from './http/listeners.ts';
import { closed, listen } from './http/listeners.ts';
import { isMetrics, METRICS_METHODS, metricsAnswer } from './http/metrics-answer.ts';
import { withoutPipelining } from './http/pipelining.ts';
import { type Answer, makeUnreadAnswers, type UnreadAnswers } from './http/unread-answers.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 100;
const UNREAD = { bytes: 16 * 1_048_576, deadlineMs: 10_000, slowAfterMs: 2_000 };
const PIPELINED_BYTES = 4 * 1_048_576;

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
    log.error('metrics.failed', { error });
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
