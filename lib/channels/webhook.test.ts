import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type LookupFunction, type Socket } from 'node:net';
import getTlsOptions from 'smtp-server/lib/tls-options';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../ports.ts';
import { listen, makeReceiver, type Received, type Receiver } from './receiver.testing.ts';
import { makeSigner } from './signature.ts';
import { makeWebhookChannel, type WebhookConfig } from './webhook.ts';

const newest = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const older = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

const config: WebhookConfig = {
  secrets: [newest],
  allowPrivate: true,
  allowHttp: true,
  userAgent: 'event-notification-service/test',
  maxConnectionsPerOrigin: 2,
  maxConnections: 4,
};

const clock = { real: () => Date.now() };
const never = new AbortController().signal;
const opened: { close: () => unknown }[] = [];

const message = (to: string): OutgoingMessage => ({
  notificationId: 'ntf_01h455vb4pex5vsknk084sn02q',
  tenant: 'default',
  to,
  subject: 'Hi',
  body: 'Hello',
  payload: '{"type":"custom","data":{"name":"Zoë 🎉"}}',
});

const receiver = async (...args: Parameters<typeof makeReceiver>): Promise<Receiver> => {
  const made = await makeReceiver(...args);
  opened.push(made);
  return made;
};

const answering = (status: number, headers: Record<string, string> = {}) =>
  receiver((_received, _request, response) => response.writeHead(status, headers).end('thanks'));

const send = (
  to: string,
  {
    changes = {},
    signal = never,
    lookup,
  }: { changes?: Partial<WebhookConfig>; signal?: AbortSignal; lookup?: LookupFunction } = {},
) => makeWebhookChannel({ ...config, ...changes }, { clock, ...(lookup && { lookup }) }).send(message(to), { signal });

/** Raw TCP, for answers that no HTTP server would give. */
const rawServer = async (onSocket: (socket: Socket) => void) => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  const port = await listen(server as never);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  opened.push({ close });
  return { url: `http://127.0.0.1:${port}/`, sockets };
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

describe('signature', () => {
  it('equals the known vector of the Standard Webhooks libraries', () => {
    const sign = makeSigner(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(sign('msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it.each([
    [[]],
    [['whsec_']],
    [['plain']],
    [[`whsec_${Buffer.alloc(23).toString('base64')}`]],
    [[`${newest}!`]],
    [[newest, 'whsec_short']],
  ])('refuses unusable secrets %j', (secrets) => {
    expect(() => makeSigner(secrets)).toThrow(/secret/);
  });
});

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
  it.each([200, 201, 202, 204, 299])('%i is sent', async (status) => {
    const { url } = await answering(status);
    expect(await send(url)).toEqual({ outcome: 'sent', httpStatus: status });
  });

  it.each([400, 401, 403, 404, 405, 408, 409, 413, 422, 425, 429, 500, 501, 502, 503, 504])(
    '%i is tried again',
    async (status) => {
      const { url } = await answering(status);
      expect(await send(url)).toEqual({ outcome: 'retry', error: `http_${status}`, httpStatus: status });
    },
  );

  it('410 is final', async () => {
    const { url } = await answering(410, { 'retry-after': '5' });
    expect(await send(url)).toEqual({ outcome: 'failed', error: 'http_410', httpStatus: 410 });
  });

  it.each([301, 302, 303, 307, 308])('%i is final and its target is never contacted', async (status) => {
    const target = await answering(200);
    const { url } = await answering(status, { location: target.url });
    expect(await send(url)).toEqual({ outcome: 'failed', error: 'redirect_refused', httpStatus: status });
    expect(target.received).toEqual([]);
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Fri, 15 Jan 2027 08:01:30 GMT', 90_000],
    ['Friday, 15-Jan-27 08:01:30 GMT', 90_000],
    ['Fri, 15 Jan 2027 07:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['99999999999', undefined],
  ])('keeps Retry-After %s', async (header, expected) => {
    const { url } = await answering(429, { 'retry-after': header });
    const now = Date.UTC(2027, 0, 15, 8, 0, 0);
    const channel = makeWebhookChannel(config, { clock: { real: () => now } });
    const result = await channel.send(message(url), { signal: never });
    expect(result).toEqual({
      outcome: 'retry',
      error: 'http_429',
      httpStatus: 429,
      ...(expected !== undefined && { retryAfterMs: expected }),
    });
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

  it('that drips counts by its status, and its connection is cut after a second', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await receiver((_received, _request, response) => {
      response.writeHead(503).write('.');
      response.on('close', () => closed.resolve());
    });
    expect(await send(url)).toMatchObject({ outcome: 'retry', error: 'http_503' });
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
    [
      'connection_reset',
      (socket: Socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    ],
    ['invalid_response', (socket: Socket) => socket.write('220 mail.example.com ESMTP\r\n')],
    ['invalid_response', (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)],
  ])('is %s for a broken answer (%#)', async (error, misbehave) => {
    const { url } = await rawServer((socket) => socket.once('data', () => void misbehave(socket)));
    expect(await send(url)).toEqual({ outcome: 'retry', error });
  });

  it('is tls_error when its certificate is not trusted, and sees no request', async () => {
    let requests = 0;
    const server = createTlsServer(getTlsOptions({}), () => requests++);
    opened.push(server);
    const port = await listen(server as never);
    expect(await send(`https://127.0.0.1:${port}/`)).toEqual({ outcome: 'retry', error: 'tls_error' });
    expect(requests).toBe(0);
  });

  it('is tls_error when it speaks no TLS', async () => {
    const { port } = await answering(200);
    expect(await send(`https://127.0.0.1:${port}/`)).toEqual({ outcome: 'retry', error: 'tls_error' });
  });

  it('is dns_failure when its name does not resolve', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    expect(await send('http://hooks.example.com/', { lookup })).toEqual({ outcome: 'retry', error: 'dns_failure' });
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
    // Loopback stands for the public address here, and metadata, which this policy refuses, for the private one.
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
