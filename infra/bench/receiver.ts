/** A process of its own that takes webhooks and notes when which one came; it answers 200 at once. A child of the bench. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  id: string;
  /** Epoch ms with fractions. */
  at: number;
}

export type ToReceiver = 'report' | 'clear';
export type FromReceiver = { kind: 'listening'; port: number } | { kind: 'arrivals'; arrivals: Arrival[] };

let arrivals: Arrival[] = [];
const tell = (message: FromReceiver): void => void process.send?.(message);

const server = createServer((request, response) => {
  arrivals.push({ id: String(request.headers['webhook-id']), at: performance.timeOrigin + performance.now() });
  request.resume();
  request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => tell({ kind: 'listening', port: (server.address() as AddressInfo).port }));

process.on('message', (message: ToReceiver) => {
  if (message === 'report') tell({ kind: 'arrivals', arrivals });
  else arrivals = [];
});
process.on('disconnect', () => process.exit());
