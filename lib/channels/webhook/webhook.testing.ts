/** What the tests of webhooks share. */
import { createPublicKey, verify } from 'node:crypto';
import { createServer as createTcpServer, type LookupFunction, type Socket } from 'node:net';
import type { OutgoingMessage } from '../channel.ts';
import { listen, makeReceiver, type Receiver } from '../http-client/receiver.testing.ts';
import { makeWebhookChannel, type WebhookConfig } from './send.ts';

export const newest = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export const config: WebhookConfig = {
  secrets: [newest],
  allowPrivate: true,
  allowHttp: true,
  userAgent: 'event-notification-service/test',
  maxConnectionsPerOrigin: 2,
};

export const clock = { real: () => Date.now() };
export const never = new AbortController().signal;

export const message = (to: string): OutgoingMessage => ({
  notificationId: 'ntf_01h455vb4pex5vsknk084sn02q',
  tenant: 'default',
  to,
  subject: 'Hi',
  body: 'Hello',
  payload: '{"type":"custom","data":{"name":"Zoë 🎉"}}',
});

/** Whatever listens, until the test is over. */
export const opened: { close: () => unknown }[] = [];

export const closeAll = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
};

export const receiver = async (...args: Parameters<typeof makeReceiver>): Promise<Receiver> => {
  const made = await makeReceiver(...args);
  opened.push(made);
  return made;
};

export const answering = (status: number, headers: Record<string, string> = {}): Promise<Receiver> =>
  receiver((_received, _request, response) => response.writeHead(status, headers).end('thanks'));

/** Raw TCP, for answers that no HTTP server would give. */
export const rawServer = async (onSocket: (socket: Socket) => void) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  const port = await listen(server);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  opened.push({ close });
  return { url: `http://127.0.0.1:${port}/`, sockets };
};

interface SendOptions {
  changes?: Partial<WebhookConfig>;
  signal?: AbortSignal;
  lookup?: LookupFunction;
}

export const send = (to: string, { changes = {}, signal = never, lookup }: SendOptions = {}) =>
  makeWebhookChannel({ ...config, ...changes }, { clock, ...(lookup && { lookup }) }).send(message(to), { signal });

/** As a receiver verifies v1a: with the public key (`whpk_`) alone, any of the signatures. */
export const verifiesV1a = (publicKey: string, signed: string, signatures: string): boolean => {
  const spki = Buffer.concat([
    Buffer.from('302a300506032b6570032100', 'hex'),
    Buffer.from(publicKey.slice('whpk_'.length), 'base64'),
  ]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  return signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, Buffer.from(signed), key, Buffer.from(signature.slice('v1a,'.length), 'base64')));
};
