import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  /** The request has come in full, and is worked on until its answer is out. */
  working(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * At most `max` connections. Node would turn new ones away, so that whoever opens that many and says little locks everybody out,
 * health checks included. Here the one that has kept us waiting longest makes room: an idle one, or one whose request does not end.
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
    working: ({ socket }, response) => {
      waiting.delete(socket);
      response.once('close', () => {
        if (open.has(socket)) waiting.add(socket);
      });
    },
  };
};
