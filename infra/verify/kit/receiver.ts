import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** One webhook as it arrived. */
export interface Received {
  /** Epoch ms, wall clock: when its body was complete. */
  at: number;
  path: string;
  /** `webhook-id`. */
  id: string;
  /** `webhook-timestamp`, epoch seconds. */
  timestamp: number;
  /** Its bytes as text. */
  text: string;
  json: { type: string; timestamp: string; data: Record<string, unknown> };
  headers: IncomingMessage['headers'];
  /** Whether it verifies with each of the secrets, in their order. */
  verified: boolean[];
}

/**
 * What the receiver does: answer a status, after a while if told so; never answer; send interim
 * responses without end; or cut the connection.
 */
export type Behaviour =
  | number
  | { status: number; headers?: Record<string, string>; afterMs?: number }
  | 'hang'
  | 'flood'
  | 'drop';
/** A promise holds the answer back: the sender is under way until it resolves. */
export type Rule = Behaviour | ((received: Received) => Behaviour | Promise<Behaviour>);

export interface Receiver {
  /** Its own path for each test keeps them apart. `door` picks one of its ports, each of which is a receiver of its own to a bulkhead. */
  url(path: string, door?: number): string;
  /** What the path does from now on. Default: 200. */
  behave(path: string, rule: Rule): void;
  /** In the order of arrival; of one path, or all. */
  received(path?: string): Received[];
  /** Of one notification, by its `webhook-id`. */
  of(notificationId: string): Received[];
  close(): Promise<void>;
}

const DOORS = 16;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const verifies = (secret: string, text: string, headers: Record<string, string>): boolean => {
  try {
    new Webhook(secret).verify(text, headers);
    return true;
  } catch {
    return false; // What a receiver would refuse: the test looks at it.
  }
};

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000);

/** As fast as the other side reads, until it cuts the connection. */
const flood = ({ socket }: ServerResponse): void => {
  const more = (): void => {
    while (socket && !socket.destroyed && socket.write(INTERIM));
  };
  socket?.on('drain', more);
  more();
};

const perform = (behaviour: Behaviour, response: ServerResponse): void => {
  if (behaviour === 'hang') return;
  if (behaviour === 'flood') {
    flood(response);
    return;
  }
  if (behaviour === 'drop') {
    response.socket?.destroy();
    return;
  }
  const { status, headers = {}, afterMs = 0 } = typeof behaviour === 'number' ? { status: behaviour } : behaviour;
  const answer = () => response.writeHead(status, headers).end();
  if (afterMs > 0) setTimeout(answer, afterMs);
  else answer();
};

/** A receiver of webhooks on loopback that checks signatures with the standard's own library and does as it is told. */
export const startReceiver = async (secrets: readonly string[]): Promise<Receiver> => {
  const all: Received[] = [];
  const rules = new Map<string, Rule>();

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await bodyOf(request);
    const headers = request.headers as Record<string, string>;
    const path = request.url ?? '/';
    const received: Received = {
      at: Date.now(),
      path,
      id: headers['webhook-id'] ?? '',
      timestamp: Number(headers['webhook-timestamp']),
      text,
      json: JSON.parse(text) as Received['json'],
      headers,
      verified: secrets.map((secret) => verifies(secret, text, headers)),
    };
    all.push(received);
    const rule = rules.get(path) ?? 200;
    perform(typeof rule === 'function' ? await rule(received) : rule, response);
  };

  const openDoor = async () => {
    const server = createServer((request, response) => {
      // A body cut short by a killed sender never arrived.
      take(request, response).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  const servers = await Promise.all(Array.from({ length: DOORS }, openDoor));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    url: (path, door = 0) => `http://127.0.0.1:${ports[door % DOORS]}${path}`,
    behave: (path, rule) => void rules.set(path, rule),
    received: (path) => all.filter((one) => path === undefined || one.path === path),
    of: (notificationId) => all.filter((one) => one.id === notificationId),
    close: async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
};
