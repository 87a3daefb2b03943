/**
 * A port with several listening sockets: Node accepts one connection of each per turn of its event loop, and
 * under overload turns are long. In the kernel connections cannot be refused.
 */
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';

/** In each of them the kernel keeps 511 (node's choice) until they are accepted. */
const LISTENERS = 16;
/**
 * Elsewhere the system does not deal new connections out among the sockets of a port, or node
 * cannot ask it to.
 */
const CAN_SHARE = process.platform === 'linux' && Number.parseInt(process.versions.node, 10) >= 24;

/** Resolves with the port. */
export const listen = async (server: Server, options: ListenOptions): Promise<number> => {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject).listen(options, listening.resolve);
  await listening.promise;
  server.off('error', listening.reject);
  return (server.address() as AddressInfo).port;
};

/** No new connections. Resolves when those that there are have ended. */
export const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/** Rejects when another process has the port: sockets that share one would not notice. */
const checkFree = async (options: ListenOptions): Promise<void> => {
  const probe = createServer();
  await listen(probe, options);
  await closed(probe);
};

export interface Listeners {
  port: number;
  /** No new connections. Resolves when those that there are have ended. */
  close(): Promise<void>;
}

/** What connects to any of them is a connection of `server`. Rejects when the port cannot be had. */
export const openListeners = async (server: Server, options: ListenOptions): Promise<Listeners> => {
  if (!CAN_SHARE) return { port: await listen(server, options), close: () => closed(server) };
  // A port that the system chooses is free.
  if (options.port !== 0) await checkFree(options);
  const shared = { ...options, reusePort: true };
  const port = await listen(server, shared);
  // As node:http has its own.
  const inner = { allowHalfOpen: true, noDelay: true };
  const others = Array.from({ length: LISTENERS - 1 }, () =>
    createServer(inner, (socket) => void server.emit('connection', socket)),
  );
  const all = [server, ...others];
  const close = async (): Promise<void> => void (await Promise.all(all.map(closed)));
  await Promise.all(others.map((other) => listen(other, { ...shared, port }))).catch(async (error: Error) => {
    await close();
    throw error;
  });
  return { port, close };
};

export interface HttpServer {
  port: number;
  /**
   * Says that it is not ready any more, so that load balancers leave; answers on, each connection's
   * last answer.
   */
  drain(): void;
  /** No new connections; requests in flight finish, within `graceMs`. */
  close(graceMs: number): Promise<void>;
  /** Answers that were not taken yet, their bytes, and those of requests that wait for them. */
  held(): { answers: number; answerBytes: number; pipelinedBytes: number };
}
