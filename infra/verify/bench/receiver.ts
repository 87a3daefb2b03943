/**
 * A process of its own that takes webhooks and notes when which one came; it answers 200 at once,
 * after a while (`/after/<ms>`), never (`/hang`) or with another status (`/status/<code>`). A child
 * of the bench; its argument is the number of ports it listens on.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Behaviour, listen, perform } from '../kit/receiver.ts';

export interface Arrival {
  id: string;
  /** Epoch ms with fractions. */
  at: number;
}

export type ToReceiver = 'report' | 'take' | 'clear';
export type FromReceiver = { kind: 'listening'; ports: number[] } | { kind: 'arrivals'; arrivals: Arrival[] };

let arrivals: Arrival[] = [];
const tell = (message: FromReceiver): void => void process.send?.(message);

const behaviourOf = (path: string): Behaviour => {
  if (path.startsWith('/hang')) return 'hang';
  const afterMs = Number(/^\/after\/(\d+)/.exec(path)?.[1] ?? 0);
  return { status: Number(/^\/status\/(\d{3})/.exec(path)?.[1] ?? 200), afterMs };
};

/** Bodies are dropped and not judged: the machine that is measured also runs this. */
const take = (request: IncomingMessage, response: ServerResponse): void => {
  arrivals.push({ id: String(request.headers['webhook-id']), at: performance.timeOrigin + performance.now() });
  request.resume().on('end', () => perform(behaviourOf(request.url ?? '/'), response));
};

process.on('message', (message: ToReceiver) => {
  if (message !== 'clear') tell({ kind: 'arrivals', arrivals });
  if (message !== 'report') arrivals = [];
});
process.on('disconnect', () => process.exit());

const { ports } = await listen({ ports: Number(process.argv[2] ?? 1), keepAliveMs: 120_000 }, take);
tell({ kind: 'listening', ports });
