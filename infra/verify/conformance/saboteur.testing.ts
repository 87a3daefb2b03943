/**
 * A proxy in front of a real service that breaks the contract in one way: what the suite must not
 * let pass.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** `ask` goes on to the real service, with the call as it is or as it was changed. */
export type Sabotage = (call: Call, ask: (call: Call) => Promise<Reply>) => Promise<Reply>;

interface Saboteur {
  url: string;
  close(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Of the connection, or of the body as it was on the wire. */
const HOP = ['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding', 'accept-encoding', 'date'];
const carried = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.includes(name)));

const askAt =
  (upstream: string) =>
  async ({ method, path, headers, body }: Call): Promise<Reply> => {
    const response = await fetch(`${upstream}${path}`, {
      method,
      redirect: 'manual',
      headers: carried(headers),
      ...(method !== 'GET' && body !== '' && { body }),
    });
    // The body is decoded by now.
    const { 'content-encoding': _, ...answered } = carried(Object.fromEntries(response.headers));
    return { status: response.status, headers: answered, body: await response.text() };
  };

/** A path `/to/<encoded URL>` passes a webhook on, through the sabotage as well. */
const destinationOf = (path: string): string | undefined =>
  path.startsWith('/to/') ? decodeURIComponent(path.slice('/to/'.length)) : undefined;

export const startSaboteur = async (upstream: string, sabotage: Sabotage): Promise<Saboteur> => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '/' } = request;
    const call = { method, path, headers: request.headers as Record<string, string>, body: await bodyOf(request) };
    const destination = destinationOf(path);
    const ask = destination === undefined ? askAt(upstream) : (one: Call) => askAt(destination)({ ...one, path: '' });
    const { status, headers, body } = await sabotage(call, ask);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
