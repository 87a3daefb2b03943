/** A receiver of webhooks that the service can reach and that does as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';

/** One webhook as it arrived. */
export interface Received {
  /** Epoch ms, when its body was complete. */
  at: number;
  path: string;
  /** `webhook-id`. */
  id: string;
  method: string;
  text: string;
  headers: IncomingHttpHeaders;
}

export type Reaction = number | { status: number; headers?: Record<string, string> };
/** A promise holds the answer back. */
export type Rule = Reaction | ((received: Received) => Reaction | Promise<Reaction>);

export interface Receiver {
  url(path: string): string;
  /** What the path answers from now on. Default: 200. */
  behave(path: string, rule: Rule): void;
  /** In the order of arrival. */
  received(path: string): Received[];
  of(notificationId: string): Received[];
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 1024 * 1024;

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_BYTES_MAX) throw new Error('longer than any webhook of ours');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
};

const isLoopback = (host: string): boolean => /^(localhost|127\.|\[::1\])/.test(host);

/** A literal loopback address stays on this machine; any other is reached from outside, on whatever interface that is. */
const bindTo = (host: string): string => {
  if (!isLoopback(host)) return host.startsWith('[') ? '::' : '0.0.0.0';
  return isIP(host) ? host : host === '[::1]' ? '::1' : '127.0.0.1';
};

/** @param host as the service knows this machine  @param port 0 = any free one */
export const startReceiver = async (host: string, port: number): Promise<Receiver> => {
  const all: Received[] = [];
  const rules = new Map<string, Rule>();

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await bodyOf(request);
    const { headers, url: path = '/', method = '' } = request;
    const received = { at: Date.now(), path, id: String(headers['webhook-id'] ?? ''), method, text, headers };
    all.push(received);
    const rule = rules.get(path) ?? 200;
    const reaction = typeof rule === 'function' ? await rule(received) : rule;
    const { status, headers: more = {} } = typeof reaction === 'number' ? { status: reaction } : reaction;
    response.writeHead(status, { 'content-length': 0, ...more }).end();
  };

  const server = createServer((request, response) => {
    // What was cut short never arrived.
    take(request, response).catch(() => response.destroy());
  });
  server.listen(port, bindTo(host));
  await once(server, 'listening');
  const base = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: (path) => `${base}${path}`,
    behave: (path, rule) => void rules.set(path, rule),
    received: (path) => all.filter((one) => one.path === path),
    of: (notificationId) => all.filter(({ id }) => id === notificationId),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
