/** What stands behind the gateway in place of the service: it counts what reaches it, and fails by script. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `cut`: the connection is closed without an answer; `silent`: it is left open without one; a
 * number: that status.
 */
export type Behaviour = 'cut' | 'silent' | number;

export interface Arrival {
  method: string;
  headers: IncomingHttpHeaders;
}

export interface Upstream {
  port: number;
  /**
   * To the next requests with this target (path and query), one each; the last to all further ones.
   * Default: 200.
   */
  behave(target: string, ...behaviours: Behaviour[]): void;
  arrived(target: string): Arrival[];
  close(): Promise<void>;
}

/** What marks an answer as this one's. */
export const MARK = 'x-stand-in';

export const startUpstream = async (host: string): Promise<Upstream> => {
  const behaviours = new Map<string, Behaviour[]>();
  const arrivals = new Map<string, Arrival[]>();
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    arrivals.set(url, [...(arrivals.get(url) ?? []), { method, headers }]);
    const script = behaviours.get(url) ?? [];
    const behaviour = (script.length > 1 ? script.shift() : script[0]) ?? 200;
    request.resume();
    if (behaviour === 'cut') request.socket.destroy();
    else if (behaviour !== 'silent') response.writeHead(behaviour, { [MARK]: 'yes' }).end();
  }).listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    behave: (target, ...script) => void behaviours.set(target, script),
    arrived: (target) => arrivals.get(target) ?? [],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
