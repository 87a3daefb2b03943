import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Inbox } from '../inbox/store.ts';
import { parseMail } from './mail.ts';

interface Smtp {
  port: number;
  close(): Promise<void>;
}

const MESSAGE_BYTES_MAX = 10 * 1_024 * 1_024;

const collect = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** An SMTP server on loopback that puts every message into the inbox. Port 0: any. */
export const startSmtp = async (inbox: Inbox, port: number): Promise<Smtp> => {
  const { SMTPServer } = await import('smtp-server');
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    size: MESSAGE_BYTES_MAX,
    onAuth: (auth, _session, callback) => callback(null, { user: auth.username }),
    onData: (stream, session, callback) => {
      const envelope = session.envelope.rcptTo.map(({ address }) => address);
      collect(stream)
        .then(parseMail)
        .then((mail) => inbox.add({ ...mail, to: envelope.join(', ') }))
        .then(() => callback(), callback);
    },
  });
  server.on('error', (error) => process.stderr.write(`SMTP: ${error.message}\n`));
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
};
