import type { LookupFunction, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../../schema/signing-keys.ts';
import type { Received } from '../http-client/receiver.testing.ts';
import { makeWebhookChannel } from './send.ts';
import { makeKeysSigner, makeSigner } from './signature.ts';
import {
  answering,
  clock,
  closeAll,
  config,
  message,
  never,
  newest,
  rawServer,
  receiver,
  send,
} from './webhook.testing.ts';

const older = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

afterEach(closeAll);

describe('a webhook that arrives', () => {
  it('carries the exact bytes and verifies with the standardwebhooks library', async () => {
    const { url, received } = await answering(200);
    expect(await send(`${url}/hook?x=1`)).toEqual({ outcome: 'sent', httpStatus: 200 });
    const { method, url: path, headers, body } = received[0] as Received;
    expect({ method, path, body }).toEqual({ method: 'POST', path: '/hook?x=1', body: message('').payload });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'event-notification-service/test',
      'webhook-id': 'ntf_01h455vb4pex5vsknk084sn02q',
    });
    expect(new Webhook(newest).verify(body, headers as Record<string, string>)).toHaveProperty('type', 'custom');
  });

  it('verifies with the new and with the old secret while they rotate, newest first', async () => {
    const { url, received } = await answering(204);
    await send(url, { changes: { secrets: [newest, older] } });
    const { headers, body } = received[0] as Received;
    for (const secret of [newest, older])
      expect(() => new Webhook(secret).verify(body, headers as never)).not.toThrow();
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(() => new Webhook(other).verify(body, headers as never)).toThrow();
    const [first] = String(headers['webhook-signature']).split(' ');
    expect(first).toBe(makeSigner([newest])(message('').notificationId, Number(headers['webhook-timestamp']), body));
  });

  it('to an endpoint is signed with its keys alone, and its headers go along but displace none of ours', async () => {
    const { url, received } = await answering(200);
    const [keys, old] = [makeKeys(), makeKeys()];
    const headers = { authorization: 'Bearer b', 'webhook-id': 'forged', 'user-agent': 'forged', 'x-own': '1' };
    const channel = makeWebhookChannel(config, { clock });
    await channel.send({ ...message(url), webhook: { keys: [keys, old], headers } }, { signal: never });
    const { headers: seen, body } = received[0] as Received;
    expect(seen).toMatchObject({
      authorization: 'Bearer b',
      'x-own': '1',
      'webhook-id': message('').notificationId,
      'user-agent': config.userAgent,
    });
    for (const { secret } of [keys, old]) expect(() => new Webhook(secret).verify(body, seen as never)).not.toThrow();
    expect(() => new Webhook(newest).verify(body, seen as never)).toThrow();
    expect(String(seen['webhook-signature'])).toBe(
      makeKeysSigner([keys, old])(message('').notificationId, Number(seen['webhook-timestamp']), body),
    );
  });

  it('needs the secrets of the service but for endpoints with keys of their own', async () => {
    const { url, received } = await answering(200);
    const { secrets: _, ...bare } = config;
    const channel = makeWebhookChannel(bare, { clock });
    const keys = makeKeys();
    await channel.send({ ...message(url), webhook: { keys: [keys], headers: {} } }, { signal: never });
    await expect(channel.send(message(url), { signal: never })).rejects.toThrow('Only webhooks to endpoints');
    expect(received).toHaveLength(1);
  });

  it('changes only timestamp and signature on the next attempt', async () => {
    const { url, received } = await answering(500);
    let now = 1_800_000_000_999;
    const channel = makeWebhookChannel(config, { clock: { real: () => now } });
    await channel.send(message(url), { signal: never });
    now += 5_000;
    await channel.send(message(url), { signal: never });
    const [first, second] = received;
    expect([first?.headers['webhook-timestamp'], second?.headers['webhook-timestamp']]).toEqual([
      '1800000000',
      '1800000005',
    ]);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(second?.headers['webhook-signature']).not.toBe(first?.headers['webhook-signature']);
  });
});

describe('an answer', () => {
  it.each([301, 302, 303])('%i is final and its target is never contacted', async (status) => {
    const target = await answering(200);
    const { url } = await answering(status, { location: target.url });
    expect(await send(url)).toEqual({ outcome: 'failed', error: 'redirect_refused', httpStatus: status });
    expect(target.received).toEqual([]);
  });

  it.each([307, 308])('%i is tried again, says where it points, and its target is never contacted', async (status) => {
    const target = await answering(200);
    const { url } = await answering(status, { location: `${target.url}/moved?token=1` });
    const error = `http_${status}`;
    expect(await send(url)).toEqual({ outcome: 'retry', error, httpStatus: status, redirectedTo: target.url });
    expect(target.received).toEqual([]);
  });

  it.each(['90', 'Fri, 15 Jan 2027 08:01:30 GMT'])('keeps Retry-After %s, by the wall clock', async (header) => {
    const { url } = await answering(429, { 'retry-after': header });
    const channel = makeWebhookChannel(config, { clock: { real: () => Date.UTC(2027, 0, 15, 8) } });
    const result = await channel.send(message(url), { signal: never });
    expect(result).toEqual({ outcome: 'retry', error: 'http_429', httpStatus: 429, retryAfterMs: 90_000 });
  });

  it('that never ends counts by its status, and its connection is cut', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await receiver((_received, _request, response) => {
      response.writeHead(200).flushHeaders();
      const more = () => {
        while (response.write(Buffer.alloc(16 * 1024)));
      };
      response.on('drain', more).on('close', () => closed.resolve());
      more();
    });
    expect(await send(url)).toEqual({ outcome: 'sent', httpStatus: 200 });
    await closed.promise;
  });
});

describe('a receiver that cannot be used', () => {
  it('is connection_refused when nothing listens', async () => {
    const { url, close } = await answering(200);
    await close();
    expect(await send(url)).toEqual({ outcome: 'retry', error: 'connection_refused' });
  });

  it('is timeout when it hangs until the signal aborts', async () => {
    const abort = new AbortController();
    const { url } = await receiver(() => abort.abort());
    expect(await send(url, { signal: abort.signal })).toEqual({ outcome: 'retry', error: 'timeout' });
  });

  it('is timeout when the signal had aborted before', async () => {
    const { url, received } = await answering(200);
    expect(await send(url, { signal: AbortSignal.abort() })).toEqual({ outcome: 'retry', error: 'timeout' });
    expect(received).toEqual([]);
  });

  it('is timeout when its headers drip', async () => {
    const abort = new AbortController();
    const { url } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      socket.once('data', () => socket.write('.', () => abort.abort()));
    });
    expect(await send(url, { signal: abort.signal })).toEqual({ outcome: 'retry', error: 'timeout' });
  });

  it.each([
    ['connection_reset', (socket: Socket) => socket.resetAndDestroy()],
    ['connection_reset', (socket: Socket) => socket.end()],
    ['invalid_response', (socket: Socket) => socket.write('220 mail.example.com ESMTP\r\n')],
  ])('is %s for a broken answer (%#)', async (error, misbehave) => {
    const { url } = await rawServer((socket) => socket.once('data', () => void misbehave(socket)));
    expect(await send(url)).toEqual({ outcome: 'retry', error });
  });

  it('is tls_handshake_failed when it speaks no TLS', async () => {
    const { port } = await answering(200);
    expect(await send(`https://127.0.0.1:${port}/`)).toEqual({ outcome: 'retry', error: 'tls_handshake_failed' });
  });

  it('is dns_failure when its name does not resolve', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    expect(await send('http://hooks.example.com/', { lookup })).toEqual({ outcome: 'retry', error: 'dns_failure' });
  });
});

describe('connections', () => {
  it('to one origin are bounded and used again, and the rest waits its turn', async () => {
    let connections = 0;
    const { url, server } = await receiver((_received, _request, response) => setImmediate(() => response.end()));
    server.on('connection', () => connections++);
    const channel = makeWebhookChannel(config, { clock });
    const results = await Promise.all(Array.from({ length: 20 }, () => channel.send(message(url), { signal: never })));
    expect(results.every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(connections).toBe(config.maxConnectionsPerOrigin);
  });
});
