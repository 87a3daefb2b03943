import { createServer as createTlsServer } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeWebhookChannel } from '../webhook/send.ts';
import { clock, closeAll, config, message, never, opened, rawServer, receiver } from '../webhook/webhook.testing.ts';
import { listen } from './receiver.testing.ts';
import { cert, key } from './tls.testing.ts';

afterEach(closeAll);

const SENT = { outcome: 'sent', httpStatus: 200 };
const RESENT = { ...SENT, resent: true };
const RESET = { outcome: 'retry', error: 'connection_reset' };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

type Step = (socket: Socket) => unknown;
const ok: Step = (socket) => socket.write(OK);
const close: Step = (socket) => socket.end();
const reset: Step = (socket) => socket.resetAndDestroy();
const hintAndClose: Step = (socket) => socket.end('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');

/** What each connection does with its first request, its second, ... */
const scripted = async (...connections: Step[][]) => {
  const requests: string[] = [];
  let count = 0;
  const { url } = await rawServer((socket) => {
    const steps = [...(connections[count] ?? [])];
    count += 1;
    socket.on('data', (bytes) => {
      requests.push(bytes.toString());
      steps.shift()?.(socket);
    });
  });
  const channel = makeWebhookChannel(config, { clock });
  const send = (signal = never) => channel.send(message(url), { signal });
  return { port: new URL(url).port, send, requests, connections: () => count };
};

const idOf = (request: string | undefined) => /webhook-id: (\S+)/i.exec(request ?? '')?.[1];

describe('a kept connection that closes before any byte of an answer', () => {
  it.each([
    ['closed', close],
    ['reset', reset],
  ])('%s: the request is sent once more on a fresh one, as the same attempt', async (_how, die) => {
    const { send, requests, connections } = await scripted([ok, die], [ok]);
    expect([await send(), await send()]).toEqual([SENT, RESENT]);
    expect(connections()).toBe(2);
    expect(requests).toHaveLength(3);
    expect(idOf(requests[2])).toBe(message('').notificationId);
    const signatureOf = (request = '') => /webhook-signature: (\S+)/i.exec(request)?.[1];
    expect(signatureOf(requests[2])).toBe(signatureOf(requests[1]));
  });

  it('also when the request had waited for that connection', async () => {
    const { send, connections } = await scripted([ok, close], [ok, close], [ok]);
    expect(config.maxConnectionsPerOrigin).toBe(2);
    expect(await Promise.all([send(), send(), send()])).toEqual([SENT, SENT, RESENT]);
    expect(connections()).toBe(3);
  });

  it('also when every other kept connection has closed as well', async () => {
    const { send, connections } = await scripted([ok, close], [ok, close], [ok], [ok]);
    await Promise.all([send(), send()]);
    expect(connections()).toBe(2);
    expect([await send(), await send()]).toEqual([RESENT, RESENT]);
    expect(connections()).toBe(4);
  });

  it('is connection_reset when the fresh one closes too: there is no third', async () => {
    const { send, requests, connections } = await scripted([ok, close], [close], [ok]);
    expect([await send(), await send()]).toEqual([SENT, { ...RESET, resent: true }]);
    expect([connections(), requests.length]).toEqual([2, 3]);
  });

  it('is over with the attempt’s own time', async () => {
    const abort = new AbortController();
    const { send } = await scripted([ok, close], [() => abort.abort()]);
    expect([await send(), await send(abort.signal)]).toEqual([
      SENT,
      { outcome: 'retry', error: 'timeout', resent: true },
    ]);
  });

  it('is replaced by none to an address that may not be reached', async () => {
    let lookups = 0;
    // The name has moved to the metadata address by the second connection.
    const lookup: LookupFunction = (_name, _options, callback) => {
      lookups += 1;
      callback(null, [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    };
    const { port, requests } = await scripted([ok, close], [ok]);
    const channel = makeWebhookChannel(config, { clock, lookup });
    const send = () => channel.send(message(`http://hooks.example:${port}/`), { signal: never });
    expect([await send(), await send()]).toEqual([SENT, { outcome: 'retry', error: 'blocked_address', resent: true }]);
    expect([lookups, requests.length]).toEqual([2, 2]);
  });

  it('over TLS too', async () => {
    const trusted = getCACertificates('default');
    setDefaultCACertificates([cert]);
    onTestFinished(() => setDefaultCACertificates(trusted));
    let requests = 0;
    const server = createTlsServer({ key, cert }, (request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else response.end();
    });
    const port = await listen(server);
    opened.push({ close: () => server.close().closeAllConnections() });
    const lookup: LookupFunction = (_name, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const channel = makeWebhookChannel(config, { clock, lookup });
    const send = () => channel.send(message(`https://receiver.example:${port}/`), { signal: never });
    expect([await send(), await send()]).toEqual([SENT, RESENT]);
    expect(requests).toBe(3);
  });
});

describe('a connection that closes is connection_reset at once', () => {
  it('when it is the first request on it', async () => {
    const { send, connections } = await scripted([close], [ok]);
    expect([await send(), connections()]).toEqual([RESET, 1]);
  });

  it('when an interim response had come', async () => {
    const { send, connections } = await scripted([ok, hintAndClose], [ok]);
    expect([await send(), await send(), connections()]).toEqual([SENT, RESET, 1]);
  });

  it('when part of an answer had come', async () => {
    const { send, connections } = await scripted([ok, (socket) => socket.end('HTTP/1.1 2')], [ok]);
    expect([await send(), await send()]).toMatchObject([SENT, { outcome: 'retry' }]);
    expect(connections()).toBe(1);
  });
});

describe('the body of an answer', () => {
  /** Answers 200 and goes on; `finish` ends the body, `closed` resolves with whether all of it was taken. */
  const early = async () => {
    const answered = Promise.withResolvers<() => void>();
    const closed = Promise.withResolvers<boolean>();
    const { url } = await receiver((_received, _request, response) => {
      response.writeHead(200).write('working');
      response.on('close', () => closed.resolve(response.writableFinished));
      answered.resolve(() => void response.end('done'));
    });
    return { url, finish: async () => (await answered.promise)(), closed: closed.promise };
  };
  const start = async (url: string, signal: AbortSignal) => {
    const work: Promise<void>[] = [];
    const channel = makeWebhookChannel(config, { clock });
    const result = await channel.send(message(url), { signal, waitUntil: (one) => void work.push(one) });
    let isOver = false;
    const ended = Promise.all(work).then(() => {
      isOver = true;
    });
    return { result, work, ended, isOver: () => isOver };
  };

  it('is read to its end, however much later than its status that comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { url, finish, closed } = await early();
    const { result, work, ended, isOver } = await start(url, never);
    expect([result, work.length, isOver()]).toEqual([SENT, 1, false]);
    await vi.advanceTimersByTimeAsync(14_000);
    await finish();
    expect(await closed).toBe(true);
    await ended;
  });

  it('is cut when the attempt’s own time is over', async () => {
    const abort = new AbortController();
    const { url, closed } = await early();
    const { result, ended, isOver } = await start(url, abort.signal);
    expect([result, isOver()]).toEqual([SENT, false]);
    abort.abort();
    expect(await closed).toBe(false);
    await ended;
  });
});
