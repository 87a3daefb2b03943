/** Connections of a client that does not keep to the rules: it writes bytes and reads when it likes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Connected and paused: nothing is read from the kernel until `resume`. A connection that fails
 * later is just closed.
 */
export const openPaused = async (url: string): Promise<Socket> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  await once(socket, 'connect');
  return socket.on('error', () => socket.destroy());
};

/** A request without a body, as it goes over the wire. */
export const rawGet = (path: string, headers: Record<string, string> = {}): string => {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
};

const PROBE_MS = 200;

/**
 * A paused socket does not see its end; writing shows it. An empty line between requests is ignored
 * (RFC 9112, 2.2).
 */
export const isOpen = async (socket: Socket): Promise<boolean> => {
  for (let probe = 0; probe < 2 && !socket.destroyed; probe += 1) {
    socket.write('\r\n');
    await sleep(PROBE_MS);
  }
  return !socket.destroyed;
};

export const countOpen = async (sockets: Socket[]): Promise<number> =>
  (await Promise.all(sockets.map(isOpen))).filter(Boolean).length;

export const destroyAll = (sockets: Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};
