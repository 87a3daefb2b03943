import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** A request has come in full: it is not the client that is waited for. */
  working(socket: Socket): void;
  /** It is answered: for the client to take it, and to ask again. */
  answered(socket: Socket): void;
}

/**
 * At most `max` connections. Node would refuse new ones, so that one client could lock out all others; here
 * the one that has been waited for longest is closed.
 */
export const boundConnections = (server: Server, max: number): Connections => {
  const open = new Set<Socket>();
  /** The longest first. */
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      waiting.delete(socket);
    });
    if (open.size <= max) return;
    const [longest = socket] = waiting;
    longest.destroy();
    // Its close event is a turn away, and the next one must find another.
    open.delete(longest);
    waiting.delete(longest);
  });
  return {
    working: (socket) => void waiting.delete(socket),
    answered: (socket) => {
      if (open.has(socket)) waiting.add(socket);
    },
  };
};
