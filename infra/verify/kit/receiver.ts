/** A receiver of webhooks with scripted behavior. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { verifies } from './signature.ts';

/** One webhook as it arrived. */
export interface Received {
  /** Epoch ms, wall clock: when its body was complete. */
  at: number;
  method: string;
  path: string;
  /** `webhook-id`. */
  id: string;
  /** `webhook-timestamp`, epoch seconds. */
  timestamp: number;
  /** Its bytes as text. */
  text: string;
  /** Parsed when it is read. */
  readonly json: { type: string; timestamp: string; data: Record<string, unknown> };
  headers: IncomingHttpHeaders;
  /** Whether it verifies with each of the secrets, in their order. */
  verified: boolean[];
}

/**
 * What the receiver does: answer a status, after a while if `afterMs` is given; never answer; send interim
 * responses without end; or cut the connection.
 */
export type Behaviour =
  | number
  | { status: number; headers?: Record<string, string>; afterMs?: number }
  | 'hang'
  | 'flood'
  | 'drop';
/** A promise holds the answer back: the delivery is in flight until it resolves. */
export type Rule = Behaviour | ((received: Received) => Behaviour | Promise<Behaviour>);

export interface Receiver {
  /**
   * Its own path for each test keeps them apart. `index` picks a port, each of which is a receiver
   * of its own to a bulkhead.
   */
  url(path: string, index?: number): string;
  /** What the path does from now on. Default: 200. */
  behave(path: string, rule: Rule): void;
  /** In the order of arrival; of one path, or all. */
  received(path?: string): Received[];
  /** Of one notification, by its `webhook-id`. */
  of(notificationId: string): Received[];
  close(): Promise<void>;
}

interface ReceiverOptions {
  /** Each is tried on every webhook. */
  secrets?: readonly string[];
  /** This machine as the service knows it. Default: loopback. */
  host?: string;
  /** Default: any free one. */
  port?: number;
  /** How many ports. Default 1. */
  ports?: number;
  /** How long an idle connection stays open. Default: Node's 5 s. */
  keepAliveMs?: number;
}

const BODY_BYTES_MAX = 1024 * 1024;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`a webhook of more than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
};

const INTERIM = 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000);

/** As fast as the sender reads, until it cuts the connection. */
const flood = ({ socket }: ServerResponse): void => {
  const more = (): void => {
    while (socket && !socket.destroyed && socket.write(INTERIM));
  };
  socket?.on('drain', more);
  more();
};

const answer = (behaviour: Exclude<Behaviour, string>, response: ServerResponse): void => {
  const { status, headers = {}, afterMs = 0 } = typeof behaviour === 'number' ? { status: behaviour } : behaviour;
  const end = () => response.writeHead(status, { 'content-length': 0, ...headers }).end();
  if (afterMs > 0) setTimeout(end, afterMs);
  else end();
};

export const perform = (behaviour: Behaviour, response: ServerResponse): void => {
  if (behaviour === 'flood') flood(response);
  else if (behaviour === 'drop') response.socket?.destroy();
  else if (behaviour !== 'hang') answer(behaviour, response);
};

const isLoopback = (host: string): boolean => /^(localhost|127\.|\[::1\])/.test(host);

/** A literal loopback address stays on this machine; any other is reached from outside, on any interface. */
const bindTo = (host: string): string => {
  if (!isLoopback(host)) return host.startsWith('[') ? '::' : '0.0.0.0';
  return isIP(host) ? host : host === '[::1]' ? '::1' : '127.0.0.1';
};

interface Listening {
  ports: number[];
  close(): Promise<void>;
}

/** @param take may reject: the connection is cut, as for a body that a killed sender never finished. */
export const listen = async (
  { host = '127.0.0.1', port = 0, ports = 1, keepAliveMs = 5_000 }: ReceiverOptions,
  take: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<Listening> => {
  const open = async () => {
    const server = createServer({ keepAliveTimeout: keepAliveMs }, async (request, response) => {
      try {
        await take(request, response);
      } catch {
        response.destroy();
      }
    });
    server.listen(port, bindTo(host));
    await once(server, 'listening');
    return server;
  };
  const servers = await Promise.all(Array.from({ length: ports }, open));
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    close: async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
};

const receivedOf = async (request: IncomingMessage, secrets: readonly string[]): Promise<Received> => {
  const text = await bodyOf(request);
  const { headers, method = '', url: path = '/' } = request;
  return {
    at: Date.now(),
    method,
    path,
    id: String(headers['webhook-id'] ?? ''),
    timestamp: Number(headers['webhook-timestamp']),
    text,
    get json() {
      return JSON.parse(text) as Received['json'];
    },
    headers,
    verified: secrets.map((secret) => verifies(secret, { text, headers })),
  };
};

export const startReceiver = async (options: ReceiverOptions = {}): Promise<Receiver> => {
  const { secrets = [], host = '127.0.0.1' } = options;
  const all: Received[] = [];
  const rules = new Map<string, Rule>();
  const { ports, close } = await listen(options, async (request, response) => {
    const received = await receivedOf(request, secrets);
    all.push(received);
    const rule = rules.get(received.path) ?? 200;
    perform(typeof rule === 'function' ? await rule(received) : rule, response);
  });
  return {
    url: (path, index = 0) => `http://${host}:${ports[index % ports.length]}${path}`,
    behave: (path, rule) => void rules.set(path, rule),
    received: (path) => all.filter((one) => path === undefined || one.path === path),
    of: (notificationId) => all.filter(({ id }) => id === notificationId),
    close,
  };
};
