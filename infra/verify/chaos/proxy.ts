/** A TCP proxy before one dependency: what a network does when it fails. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../localstack/testing/stack.ts';

/**
 * `refused`: the port is closed, and open connections are reset. `silent`: connections are accepted
 * and nothing is read; what was sent meanwhile arrives when it is over, as it does after a
 * partition. `deaf`: everything is read and goes nowhere. `mute`: what is asked arrives and is
 * done, and no answer comes back.
 */
export const proxyModes = ['refused', 'silent', 'deaf', 'mute'] as const;
export type ProxyMode = (typeof proxyModes)[number] | 'open';

export interface TcpProxy {
  port: number;
  set(mode: ProxyMode): Promise<void>;
  /** How often a mode other than `open` had an effect: a connection cut, bytes lost, or kept waiting. */
  affected(): number;
  close(): Promise<void>;
}

interface Connection {
  client: Socket;
  server: Socket;
  /** Bytes of it went nowhere: it can never make sense again. */
  isBroken: boolean;
  /** Since when it is read again, after a silence. */
  readAgainAt?: number;
}

const HOST = '127.0.0.1';
/** What comes within this time after a silence had waited for its end. */
const WAITED_MS = 100;

const listenOn = async (server: Server, port: number): Promise<void> => {
  server.listen(port, HOST);
  await once(server, 'listening');
};

export const startProxy = async (targetPort: number): Promise<TcpProxy> => {
  const lines = new Set<Connection>();
  let mode: ProxyMode = 'open';
  let affected = 0;

  const pass = (from: Socket, to: Socket, line: Connection, lostIn: ProxyMode[]): void => {
    from.on('data', (bytes) => {
      const isLost = lostIn.includes(mode);
      if (isLost || performance.now() - (line.readAgainAt ?? -Infinity) < WAITED_MS) affected += 1;
      if (isLost) line.isBroken = true;
      else to.write(bytes);
    });
    // `end`, not `destroy`: what was written still arrives.
    from.on('close', () => to.end());
    // A reset by one side is an end for the other.
    from.on('error', () => to.end());
  };

  const accept = (client: Socket): void => {
    const server = connect(targetPort, HOST);
    const line: Connection = { client, server, isBroken: false };
    lines.add(line);
    client.once('close', () => lines.delete(line));
    pass(client, server, line, ['deaf']);
    pass(server, client, line, ['deaf', 'mute']);
    if (mode === 'silent') for (const socket of [client, server]) socket.pause();
  };

  const server = createServer({ noDelay: true }, accept);
  // Not an ephemeral one: while the port is closed, any outgoing connection could take it.
  const port = await freePort();
  await listenOn(server, port);

  const reset = (line: Connection): void => {
    affected += 1;
    line.client.resetAndDestroy();
    line.server.destroy();
  };
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const line of lines) reset(line);
    await closed;
  };

  return {
    port,
    set: async (next) => {
      const before = mode;
      mode = next;
      if (next === 'refused') return stopListening();
      if (!server.listening) await listenOn(server, port);
      for (const line of lines) {
        if (next === 'silent') for (const socket of [line.client, line.server]) socket.pause();
        else if (line.isBroken) reset(line);
        else if (before === 'silent') {
          line.readAgainAt = performance.now();
          for (const socket of [line.client, line.server]) socket.resume();
        }
      }
    },
    affected: () => affected,
    close: async () => {
      for (const line of lines) reset(line);
      await stopListening();
    },
  };
};
