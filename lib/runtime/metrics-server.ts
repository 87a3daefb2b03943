/** `METRICS_PORT`: the metrics without a key, for a port that only the inside of a network reaches. Nothing else is there. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { log, metricsText } from '../telemetry.ts';
import type { HttpServer } from './http-server.ts';
import { closed, listen } from './listeners.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 100;

/** `/metrics` is the runtime's own and not in serverless.yml: on AWS, CloudWatch gets the same metrics by the log. */
export const isMetrics = ({ method, url }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && (url === '/metrics' || url === '/metrics/');

export const sendMetrics = async (response: ServerResponse, headers: Record<string, string> = {}): Promise<void> => {
  const body = await metricsText();
  const contentType = 'text/plain; version=0.0.4; charset=utf-8';
  response.writeHead(200, { ...headers, 'content-type': contentType }).end(body);
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    if (isMetrics(request)) await sendMetrics(response);
    else response.writeHead(404).end();
  } catch (error) {
    log.error('metrics failed', { error });
    response.destroy();
  }
};

/** Rejects when the port cannot be had. */
export const startMetricsServer = async (options: {
  port: number;
  host: string;
}): Promise<Omit<HttpServer, 'drain'>> => {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void answer(request, response),
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
