/**
 * A process of its own that takes webhooks and notes when which one came; it answers 200 at once,
 * after a while (`/after/<ms>`), never (`/hang`) or with another status (`/status/<code>`). A child
 * of the bench; its argument is the number of ports it listens on.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  id: string;
  /** Epoch ms with fractions. */
  at: number;
}

export type ToReceiver = 'report' | 'take' | 'clear';
export type FromReceiver = { kind: 'listening'; ports: number[] } | { kind: 'arrivals'; arrivals: Arrival[] };

let arrivals: Arrival[] = [];
const tell = (message: FromReceiver): void => void process.send?.(message);

const take = (request: IncomingMessage, response: ServerResponse): void => {
  arrivals.push({ id: String(request.headers['webhook-id']), at: performance.timeOrigin + performance.now() });
  request.resume();
  const path = request.url ?? '/';
  if (path.startsWith('/hang')) return;
  const afterMs = Number(/^\/after\/(\d+)/.exec(path)?.[1] ?? 0);
  const status = Number(/^\/status\/(\d{3})/.exec(path)?.[1] ?? 200);
  const answer = () => response.writeHead(status, { 'content-length': 0 }).end();
  request.on('end', () => (afterMs > 0 ? setTimeout(answer, afterMs) : answer()));
};

const listen = async (): Promise<number> => {
  const server = createServer({ keepAliveTimeout: 120_000 }, take).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

process.on('message', (message: ToReceiver) => {
  if (message !== 'clear') tell({ kind: 'arrivals', arrivals });
  if (message !== 'report') arrivals = [];
});
process.on('disconnect', () => process.exit());

const ports = await Promise.all(Array.from({ length: Number(process.argv[2] ?? 1) }, listen));
tell({ kind: 'listening', ports });
