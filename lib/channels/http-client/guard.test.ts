import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { makeWebhookChannel } from '../webhook/send.ts';
import {
  answering,
  clock,
  closeAll,
  config,
  message,
  never,
  opened,
  rawServer,
  send,
} from '../webhook/webhook.testing.ts';
import { listen } from './receiver.testing.ts';
import { cert, expiredCert, key } from './tls.testing.ts';

afterEach(closeAll);

describe('over TLS', () => {
  const here: LookupFunction = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
  const failing = (error: string) => ({ outcome: 'retry', error });

  const tlsReceiver = async (options: ServerOptions = { key, cert }) => {
    const names: unknown[] = [];
    const server = createTlsServer(options, (request, response) => {
      names.push((request.socket as TLSSocket).servername);
      response.end();
    });
    const port = await listen(server);
    opened.push({ close: () => server.close().closeAllConnections() });
    return { names, server, sendTo: (name: string) => send(`https://${name}:${port}/`, { lookup: here }) };
  };
  const trust = (...certificates: string[]): void => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates(certificates);
    onTestFinished(() => setDefaultCACertificates(trusted));
  };

  it('is tls_unknown_issuer while its certificate is not trusted, and it sees no request', async () => {
    const { sendTo, names } = await tlsReceiver();
    expect(await sendTo('receiver.example')).toEqual(failing('tls_unknown_issuer'));
    expect(names).toEqual([]);
  });

  it('is sent to the name the certificate is for, and is tls_name_mismatch under another', async () => {
    trust(cert);
    const { sendTo, names } = await tlsReceiver();
    expect(await sendTo('receiver.example')).toEqual({ outcome: 'sent', httpStatus: 200 });
    expect(await sendTo('other.example')).toEqual(failing('tls_name_mismatch'));
    expect(names).toEqual(['receiver.example']);
  });

  it('is tls_certificate_expired once its certificate has expired', async () => {
    trust(expiredCert);
    const { sendTo, names } = await tlsReceiver({ key, cert: expiredCert });
    expect(await sendTo('receiver.example')).toEqual(failing('tls_certificate_expired'));
    expect(names).toEqual([]);
  });

  it('is tls_handshake_failed where both have no version or cipher in common', async () => {
    trust(cert);
    const { sendTo } = await tlsReceiver({ key, cert, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA' });
    expect(await sendTo('receiver.example')).toEqual(failing('tls_handshake_failed'));
  });

  it('is connection_reset when the connection is closed after the handshake', async () => {
    trust(cert);
    const { sendTo, server } = await tlsReceiver();
    server.removeAllListeners('request').on('request', (request) => request.socket.destroy());
    expect(await sendTo('receiver.example')).toEqual(failing('connection_reset'));
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['closed', (socket) => socket.end()],
    ['reset', (socket) => socket.resetAndDestroy()],
  ])('is tls_handshake_failed when the connection is %s during the handshake', async (_how, misbehave) => {
    const { url } = await rawServer((socket) => socket.once('data', () => void misbehave(socket)));
    expect(await send(url.replace('http:', 'https:'))).toEqual(failing('tls_handshake_failed'));
  });
});

describe('where private addresses are refused', () => {
  const strict = { allowPrivate: false };
  const resolving = (...addresses: string[]): LookupFunction => {
    let calls = 0;
    return (_name, _options, callback) => {
      const address = addresses[Math.min(calls++, addresses.length - 1)] ?? '';
      callback(null, [{ address, family: 4 }]);
    };
  };

  it('a literal address is never contacted', async () => {
    const { url, received } = await answering(200);
    expect(await send(url, { changes: strict })).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
    expect(received).toEqual([]);
  });

  it('a public name that resolves to loopback is never contacted', async () => {
    const { port, received } = await answering(200);
    const result = await send(`http://localtest.example:${port}/`, { changes: strict, lookup: resolving('127.0.0.1') });
    expect(result).toEqual({ outcome: 'retry', error: 'blocked_address' });
    expect(received).toEqual([]);
  });

  it('a name that changes from public to private between attempts is refused, and each connection looks up once', async () => {
    const { port, received } = await answering(200);
    let lookups = 0;
    // Loopback stands for the public address here, and metadata, which this policy refuses, for the
    // private one.
    const answers = ['127.0.0.1', '169.254.169.254'];
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(null, [{ address: answers[Math.min(lookups++, 1)] ?? '', family: 4 }]);
    const channel = makeWebhookChannel(config, { clock, lookup });
    const to = message(`http://rebinding.example:${port}/`);
    expect(await channel.send(to, { signal: never })).toMatchObject({ outcome: 'sent' });
    expect(lookups).toBe(1);
    const fresh = makeWebhookChannel(config, { clock, lookup });
    expect(await fresh.send(to, { signal: never })).toEqual({ outcome: 'retry', error: 'blocked_address' });
    expect(received).toHaveLength(1);
  });

  it('plain http is refused when not allowed, also for a URL stored earlier', async () => {
    const { url, received } = await answering(200);
    expect(await send(url, { changes: { allowHttp: false } })).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
    expect(received).toEqual([]);
  });

  it('metadata is refused where private is allowed', async () => {
    expect(await send('http://169.254.169.254/latest/')).toEqual({ outcome: 'failed', error: 'url_not_allowed' });
    const lookup = resolving('169.254.170.2');
    expect(await send('http://creds.example/', { lookup })).toEqual({ outcome: 'retry', error: 'blocked_address' });
  });
});
