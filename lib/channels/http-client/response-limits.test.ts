import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeWebhookChannel } from '../webhook/send.ts';
import { clock, closeAll, config, message, never, rawServer, send } from '../webhook/webhook.testing.ts';
import { HEADER_BYTES_MAX } from './response-limits.ts';

afterEach(closeAll);

const INVALID = { outcome: 'retry', error: 'invalid_response' };
const SENT = { outcome: 'sent', httpStatus: 200 };
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/**
 * Sends `start`, then `block` again and again, as fast as the other side reads, until the
 * connection is cut.
 */
const flood = async (block: string, start = '') => {
  const cut = Promise.withResolvers<void>();
  let bytes = 0;
  const { url } = await rawServer((socket) => {
    socket.once('close', () => cut.resolve());
    socket.once('data', () => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(block)) bytes += block.length;
      };
      socket.on('drain', more).write(start);
      more();
    });
  });
  return { url, cut: cut.promise, sent: () => bytes };
};
/** Sends one block after the other, each once the one before has left. */
const drip = async (block: string) => {
  const cut = Promise.withResolvers<void>();
  let blocks = 0;
  const { url } = await rawServer((socket) => {
    const more = (): void => {
      if (socket.destroyed) return;
      blocks += 1;
      socket.write(block, () => setImmediate(more));
    };
    socket.once('close', () => cut.resolve()).once('data', more);
  });
  return { url, cut: cut.promise, blocks: () => blocks };
};
const answering = (text: string) =>
  rawServer((socket: Socket) => void socket.once('data', () => void socket.write(text)));

const headersOf = (bytes: number): string => {
  const line = `x-filler: ${'a'.repeat(1_000)}\r\n`;
  const lines = line.repeat(Math.floor(bytes / line.length) - 1);
  return `${lines}x: ${'b'.repeat(bytes - lines.length - 'x: \r\n'.length)}\r\n`;
};

describe('a receiver that never comes to its answer is invalid_response, and its connection is cut', () => {
  it.each([
    ['interim responses, thousands in a packet', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5_000), ''],
    ['early hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n'.repeat(500), ''],
    ['interim responses of HTTP/1.0', 'HTTP/1.0 102 Processing\r\n\r\n'.repeat(500), ''],
    ['interim responses that are all headers', `HTTP/1.1 100 Continue\r\n${headersOf(60_000)}\r\n`, ''],
    ['empty lines', '\r\n'.repeat(30_000), ''],
    ['header lines', 'a: b\r\n'.repeat(10_000), 'HTTP/1.1 200 OK\r\n'],
    ['one header line', 'a'.repeat(60_000), 'HTTP/1.1 200 OK\r\nx: '],
    ['a reason phrase', 'a'.repeat(60_000), 'HTTP/1.1 200 '],
    ['what is no HTTP', 'x'.repeat(60_000), ''],
  ])('%s', async (_what, block, start) => {
    const { url, cut } = await flood(block, start);
    expect(await send(url)).toEqual(INVALID);
    await cut;
  });

  it('and what else came with the ninth interim response is not looked at', async () => {
    let interim = 0;
    const onRequest = (created: unknown): void => {
      (created as { request: ClientRequest }).request.on('information', () => {
        interim += 1;
      });
    };
    subscribe('http.client.request.created', onRequest);
    const { url, cut } = await flood('HTTP/1.1 100 Continue\r\n\r\n'.repeat(5_000));
    expect(await send(url)).toEqual(INVALID);
    await cut;
    unsubscribe('http.client.request.created', onRequest);
    expect(interim).toBe(9);
  });

  it('by drops: the ninth interim response is the last', async () => {
    const { url, cut, blocks } = await drip('HTTP/1.1 100 Continue\r\n\r\n');
    expect(await send(url)).toEqual(INVALID);
    await cut;
    expect(blocks()).toBeGreaterThan(8);
  });

  it('after an upgrade that was not asked for', async () => {
    const { url, cut } = await flood(
      'x'.repeat(60_000),
      'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    );
    expect(await send(url)).toEqual(INVALID);
    await cut;
  });
});

describe('an answer within the limits', () => {
  it('counts after eight interim responses', async () => {
    const { url } = await answering('HTTP/1.1 100 Continue\r\n\r\n'.repeat(8) + OK);
    expect(await send(url)).toEqual(SENT);
  });

  it('counts with 64 KB of headers, with a body right behind them', async () => {
    const head = `HTTP/1.1 200 OK\r\n${headersOf(HEADER_BYTES_MAX - 40)}content-length: 60000\r\n\r\n`;
    const { url } = await answering(head + 'b'.repeat(60_000));
    expect(await send(url)).toEqual(SENT);
  });

  it('counts although trailers without end follow, whose connection is cut', async () => {
    const { url, cut } = await flood(
      'x-trailer: 1\r\n'.repeat(5_000),
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n',
    );
    expect(await send(url)).toEqual(SENT);
    await cut;
  });
});

describe('a connection that is used again', () => {
  /** Each request is answered by `texts` in turn, over however many connections. */
  const inTurn = async (...texts: string[]) => {
    let at = 0;
    let connections = 0;
    const { url } = await rawServer((socket) => {
      connections += 1;
      socket.on('data', () => {
        socket.write(texts[at] ?? OK);
        at += 1;
      });
    });
    return { url, connections: () => connections };
  };
  const gone = 'HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n';

  it.each([
    ['a second response', OK + gone],
    ['what is no response', `${OK}junk`],
  ])('takes no answer from what was left of the one before: %s', async (_what, answer) => {
    const { url, connections } = await inTurn(answer, OK);
    const channel = makeWebhookChannel({ ...config, maxConnectionsPerOrigin: 1 }, { clock });
    const both = await Promise.all([1, 2].map(() => channel.send(message(url), { signal: never })));
    expect(both).toEqual([SENT, SENT]);
    expect(connections()).toBe(2);
  });

  it('starts to count again for each answer, and keeps no listener', async () => {
    const warned: Error[] = [];
    const note = (warning: Error): void => void warned.push(warning);
    process.on('warning', note);
    const { url, connections } = await inTurn();
    const hints = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(8);
    const big = `HTTP/1.1 200 OK\r\n${headersOf(30_000)}content-length: 0\r\n\r\n`;
    const again = await inTurn(...Array.from({ length: 20 }, () => hints + big));
    const channel = makeWebhookChannel({ ...config, maxConnectionsPerOrigin: 1 }, { clock });
    for (const to of [url, again.url])
      for (let n = 0; n < 20; n += 1) expect(await channel.send(message(to), { signal: never })).toEqual(SENT);
    process.off('warning', note);
    expect([connections(), again.connections(), warned]).toEqual([1, 1, []]);
  });
});
