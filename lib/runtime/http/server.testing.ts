/**
 * What the tests of the HTTP server share: one with handlers of their own, on a free port, and raw
 * sockets to it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';
import type { LoadedFunction } from '../serverless/handlers.ts';
import type { HttpServer } from './listeners.ts';
import { type HttpServerOptions, startHttpServer } from './server.ts';

const servers: HttpServer[] = [];
const sockets: Socket[] = [];
export const closeAll = async (): Promise<void> => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close(0);
};

export type Handlers = Record<string, LoadedFunction['handler']>;
export const LARGE_BYTES = 20_000_000;
const ok = (body: string) => ({ statusCode: 200, headers: {}, body });

/** The first segment of a path names its handler; `slow` answers when it is let go. */
export const serve = async (options: Partial<HttpServerOptions> = {}, more: Handlers = {}) => {
  const slowRequests: PromiseWithResolvers<void>[] = [];
  const began: PromiseWithResolvers<void>[] = [];
  const handlers: Handlers = {
    slow: async () => {
      const slowRequest = Promise.withResolvers<void>();
      slowRequests.push(slowRequest);
      for (const each of began.splice(0)) each.resolve();
      await slowRequest.promise;
      return ok('done');
    },
    quick: async (event) => ok(String((event as { body?: string }).body?.length ?? 0)),
    path: async (event) => ok(`<${(event as { rawPath: string }).rawPath}>`),
    large: async () => ok('x'.repeat(LARGE_BYTES)),
    health: async () => ok('{"status":"ok","version":"1"}'),
    ...more,
  };
  const functions = new Map(
    Object.entries(handlers).map(([name, handler]) => [name, { name, timeoutMs: 30_000, handler }]),
  );
  const server = await startHttpServer({
    port: 0,
    host: '127.0.0.1',
    functions,
    match: (method, path) => ({ functionName: path.split('/')[1] ?? '', routeKey: `${method} ${path}`, params: {} }),
    admitMetrics: async () => ({ headers: {} }),
    ...options,
  });
  servers.push(server);
  const { port } = server;
  const base = `http://127.0.0.1:${port}`;
  const untilBegan = async (count: number): Promise<void> => {
    while (slowRequests.length < count) {
      const next = Promise.withResolvers<void>();
      began.push(next);
      await next.promise;
    }
  };
  const open = async (text: string, given: { allowHalfOpen?: boolean } = {}): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', ...given }).on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  };
  return { server, base, port, slowRequests, untilBegan, open, get: (path: string) => fetch(base + path) };
};

export const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
export const post = (path: string, length: number, rest = '', headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}content-length: ${length}\r\n\r\n${rest}`;

/** What other sockets show is there a moment later. */
export const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 10 });

/** All that comes until the connection ends. */
export const textOf = async (socket: Socket): Promise<string> => {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
};

/** What comes until it matches. */
export const untilMatches = async (socket: Socket, pattern: RegExp): Promise<string> => {
  let text = '';
  while (!pattern.test(text)) {
    const [chunk] = await once(socket, 'data');
    text += String(chunk);
  }
  return text;
};
