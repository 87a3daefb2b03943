import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, post, serve, textOf, untilMatches } from './server.testing.ts';

/** An event loop that is never late, however loaded the machine of the tests is. */
const PROMPT = { ms: () => 0, stop: () => {} };

afterEach(closeAll);

describe('under more than it can do', () => {
  it('refuses a request beyond the limit with 503 and Retry-After, and takes the next once one has ended', async () => {
    const { get, slowRequests, untilBegan } = await serve({ limits: { requests: 2 } });
    const first = get('/slow');
    const second = get('/slow');
    await untilBegan(2);
    const refused = await get('/quick');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'unavailable', status: 503 });
    slowRequests[0]?.resolve();
    expect((await Promise.race([first, second])).status).toBe(200);
    expect((await get('/quick')).status).toBe(200);
    slowRequests[1]?.resolve();
    expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('still answers health and metrics', async () => {
    const { get, slowRequests, untilBegan } = await serve({ limits: { requests: 1 } });
    const slow = get('/slow');
    await untilBegan(1);
    const asked = ['/health', '/health/ready', '/health/ready/', '/health/live', '/metrics'].map(get);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    slowRequests[0]?.resolve();
    await slow;
  });

  it('refuses sooner while its event loop is late, unless so little is in flight that others make it late', async () => {
    let lateMs = 1_000;
    const limits = { requests: 10, lateRequests: 1, lateMs: 500 };
    const { get, slowRequests, untilBegan } = await serve({
      limits,
      eventLoopDelay: { ms: () => lateMs, stop: () => {} },
    });
    expect((await get('/quick')).status).toBe(200);
    const slow = get('/slow');
    await untilBegan(1);
    expect((await get('/quick')).status).toBe(503);
    lateMs = 100;
    expect((await get('/quick')).status).toBe(200);
    slowRequests[0]?.resolve();
    await slow;
  });

  it('keeps the connection of what it refuses, however much of the body was on its way', async () => {
    const { port, get, slowRequests, untilBegan } = await serve({ limits: { requests: 1 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (): Promise<[number | undefined, boolean]> => {
      const asked = httpRequest({ port, method: 'POST', path: '/quick', agent });
      asked.end(Buffer.alloc(30_000));
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      await once(answer, 'end');
      return [answer.statusCode, asked.reusedSocket];
    };
    const slow = get('/slow');
    await untilBegan(1);
    expect(await ask()).toEqual([503, false]);
    slowRequests[0]?.resolve();
    await slow;
    expect(await ask()).toEqual([200, true]);
    agent.destroy();
  });
});

describe('bodies', () => {
  it('that together are too much are refused, small ones never, and their memory is freed', async () => {
    const { open, base } = await serve({ limits: { bodyBytes: 200_000, freeBytes: 1_000 } });
    const part = 'x'.repeat(50_000);
    const [first, second] = [await open(post('/quick', 60_000, part)), await open(post('/quick', 60_000, part))];
    const third = await open(post('/quick', 200_000, part));
    await untilMatches(third, /^HTTP\/1.1 503 .*"code":"unavailable"/s);
    const small = { method: 'POST', body: 'x'.repeat(1_000) };
    expect(await (await fetch(`${base}/quick`, small)).text()).toBe('1000');
    const closed = [first, second].map((socket) => once(socket, 'close'));
    for (const socket of [first, second]) socket.destroy();
    await Promise.all(closed);
    const large = { method: 'POST', body: 'x'.repeat(90_000) };
    let answer = await fetch(`${base}/quick`, large);
    // The server hears of the closed connections a moment later than we do.
    while (answer.status === 503) answer = await fetch(`${base}/quick`, large);
    expect(await answer.text()).toBe('90000');
  });

  it('that come a byte at a time hold up no other, and end', async () => {
    const times = { headersTimeoutMs: 400, requestTimeoutMs: 600, checkEveryMs: 50 };
    const { open, get } = await serve({ limits: { requests: 20 }, times, eventLoopDelay: PROMPT });
    const slow = await Promise.all(Array.from({ length: 20 }, () => open(post('/quick', 10_000, 'x'))));
    const drip = setInterval(() => {
      for (const socket of slow) if (socket.writable) socket.write('x');
    }, 20);
    expect((await get('/quick')).status).toBe(200);
    const answers = await Promise.all(slow.map(textOf));
    clearInterval(drip);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 400 .*must arrive without long pauses/s);
  });

  it('are asked to come again where the process itself was late, as they may have come in time', async () => {
    const times = { headersTimeoutMs: 200, requestTimeoutMs: 400, checkEveryMs: 50 };
    const { open } = await serve({ times, eventLoopDelay: { ms: () => 11_000, stop: () => {} } });
    const answer = await textOf(await open('GET /quick HTTP/1.1\r\nhost: x\r\n'));
    expect(answer).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n.*retry-after: \d.*"code":"unavailable"/s);
  });

  it('whose headers never end are given up too', async () => {
    const times = { headersTimeoutMs: 200, requestTimeoutMs: 400, checkEveryMs: 50 };
    const { open } = await serve({ times, eventLoopDelay: PROMPT });
    const socket = await open('GET /quick HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => socket.writable && socket.write('x: y\r\n'), 20);
    expect(await textOf(socket)).toMatch(/^HTTP\/1.1 400 /);
    clearInterval(drip);
  });
});

it('gives the place of the connection that is waited for longest to the next one, never that of one worked for', async () => {
  const { open, get, slowRequests, untilBegan } = await serve({ limits: { connections: 4 } });
  const slow = get('/slow');
  await untilBegan(1);
  const stalled: Socket[] = [];
  for (let n = 0; n < 3; n += 1) stalled.push(await open(post('/quick', 1_000, 'x')));
  const gone = stalled.map((socket) => once(socket, 'close'));
  expect((await get('/health/live')).status).toBe(200);
  await gone[0];
  for (let n = 0; n < 4; n += 1) await open(post('/quick', 1_000, 'x'));
  await Promise.all(gone);
  slowRequests[0]?.resolve();
  expect(await (await slow).text()).toBe('done');
});

it('gives up an answer that its client does not take', async () => {
  const { open } = await serve({ times: { answerTimeoutMs: 100 } });
  const socket = await open('GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
  socket.pause();
  await sleep(400);
  expect((await textOf(socket)).length).toBeLessThan(20_000_000);
});

describe('draining', () => {
  it('says at once that it is not ready, lives, and answers on, each connection for the last time', async () => {
    const { get, server } = await serve();
    server.drain();
    const ready = await get('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'unavailable', version: '1' });
    expect((await get('/health')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
    const answer = await get('/quick');
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  });
});
