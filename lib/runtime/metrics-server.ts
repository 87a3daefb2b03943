/** `METRICS_PORT`: the metrics without a key, for a port that only the inside of a network reaches. Nothing else is there. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ServiceError } from '../errors.ts';
import { log, metricsText } from '../telemetry.ts';
import { lacksHost } from './http-event.ts';
import type { HttpServer } from './http-server.ts';
import { closed, listen } from './listeners.ts';
import { withoutPipelining } from './pipelining.ts';
import { type Answer, makeUnreadAnswers, type UnreadAnswers } from './unread-answers.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 100;
const UNREAD = { bytes: 16 * 1_048_576, deadlineMs: 10_000, slowAfterMs: 2_000 };
const PIPELINED_BYTES = 4 * 1_048_576;

/** `/metrics` is the runtime's own and not in serverless.yml: on AWS, CloudWatch gets the same metrics by the log. */
export const isMetrics = ({ method, url }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && (url === '/metrics' || url === '/metrics/');

export const metricsAnswer = async (headers: Record<string, string> = {}): Promise<Answer> => ({
  status: 200,
  headers: { ...headers, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
  body: Buffer.from(await metricsText()),
});

const answer = async (unread: UnreadAnswers, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const found = isMetrics(request) && !lacksHost(request);
    const nothing: Answer = { status: lacksHost(request) ? 400 : 404, headers: {}, body: Buffer.alloc(0) };
    unread.send(response, found ? await metricsAnswer() : nothing, { share: '', kind: 'metrics' });
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
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, { port: options.port, host: options.host });
  const close = async (): Promise<void> => {
    const ended = closed(server);
    server.closeAllConnections();
    await ended;
  };
  return { port, close };
};
