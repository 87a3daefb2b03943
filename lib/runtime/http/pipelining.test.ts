import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, get, post, serve, textOf, until, untilMatches } from './server.testing.ts';

afterEach(closeAll);

const LAST = get('/path/last', 'connection: close\r\n');
const statuses = (text: string): string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status ?? '');

describe('requests of one connection', () => {
  it('begin one at a time, however many came in one packet, and are all answered in order', async () => {
    const { open, slowRequests, untilBegan, server, get: ask } = await serve();
    const paths = Array.from({ length: 298 }, (_, n) => `/path/${n}`);
    const socket = await open(get('/slow') + paths.map((path) => get(path)).join('') + LAST);
    await untilBegan(1);
    expect(await (await ask('/quick')).text()).toBe('0');
    expect(server.held().pipelinedBytes).toBeGreaterThanOrEqual(299 * 8_192);
    const text = textOf(socket);
    slowRequests[0]?.resolve();
    expect([...(await text).matchAll(/<(.*?)>/g)].map(([, path]) => path)).toEqual([...paths, '/path/last']);
    expect(server.held()).toEqual({ answers: 0, answerBytes: 0, pipelinedBytes: 0 });
  });

  it('do not begin while the answer before is not taken', async () => {
    const { open, slowRequests, untilBegan, server, get: ask } = await serve();
    const socket = await open(get('/large') + get('/slow'));
    socket.pause();
    await until(() => expect(server.held().answerBytes).toBeGreaterThan(0));
    expect((await ask('/quick')).status).toBe(200);
    expect(slowRequests).toHaveLength(0);
    socket.resume();
    await untilBegan(1);
  });

  it('go on after bodies, with those that come later', async () => {
    const { open } = await serve();
    const socket = await open(
      post('/quick', 3, 'abc') + post('/quick', 2, 'ab') + post('/quick', 90_000, 'x'.repeat(60_000)),
    );
    socket.write('x'.repeat(30_000));
    await untilMatches(socket, /\r\n\r\n3.*\r\n\r\n2.*\r\n\r\n90000$/s);
    socket.write(get('/path/a') + get('/path/b'));
    await untilMatches(socket, /<\/path\/a>.*<\/path\/b>/s);
    socket.write(LAST);
    expect(await textOf(socket)).toContain('</path/last>');
  });

  it('close it when those that wait hold more than its share', async () => {
    const { open, untilBegan, server } = await serve({ limits: { pipelinedBytes: 100 * 8_192 } });
    const modest = await open(get('/slow') + get('/slow'));
    await untilBegan(1);
    expect(await textOf(await open(get('/slow') + get('/path').repeat(60)))).toBe('');
    expect(server.held().pipelinedBytes).toBeLessThan(2 * 8_192);
    modest.destroy();
    await until(() => expect(server.held().pipelinedBytes).toBe(0));
  });
});

describe('many headers', () => {
  const lines = (count: number, name = (n: number): string => `a${n}`): string =>
    Array.from({ length: count }, (_, n) => `${name(n)}: 1\r\n`).join('');

  it('of requests that wait count as what they hold', async () => {
    const { open, untilBegan, get: ask } = await serve({ limits: { pipelinedBytes: 100 * 8_192 } });
    const few = await open(get('/slow') + get('/path', lines(2)).repeat(30));
    await untilBegan(1);
    expect(await textOf(await open(get('/slow') + get('/path', lines(90)).repeat(30)))).toBe('');
    expect((await ask('/quick')).status).toBe(200);
    expect(few.destroyed).toBe(false);
  });

  it.each([
    ['101 names', lines(100)],
    ['990 names', lines(990)],
    ['200 times the same name', lines(150, () => 'a')],
  ])('are refused: %s', async (_, headers) => {
    const { open } = await serve();
    const text = await textOf(await open(get('/quick', `connection: close\r\n${headers}`)));
    expect(text).toMatch(/^HTTP\/1.1 400 .*"detail":"must be [^"]*at most 100 headers"/s);
  });

  it('are taken up to the limit', async () => {
    const { open } = await serve();
    expect(await textOf(await open(get('/quick', `connection: close\r\n${lines(98)}`)))).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('what is refused without a request of its own', () => {
  it.each([
    ['what is not HTTP', 'hello\r\n\r\n'],
    ['a request without Host', 'GET /quick HTTP/1.1\r\nconnection: close\r\n\r\n'],
  ])('%s is answered after the requests before it', async (_, bad) => {
    const { open, slowRequests, untilBegan } = await serve();
    const socket = await open(get('/slow') + get('/path/second') + bad);
    await untilBegan(1);
    slowRequests[0]?.resolve();
    const text = await textOf(socket);
    expect(statuses(text)).toEqual(['200', '200', '400']);
    expect(text).toMatch(/done.*<\/path\/second>.*problem\+json/s);
  });

  it('holds no connection that its client does not end', async () => {
    const { open, server } = await serve({ times: { lingerMs: 50 } });
    const socket = await open('hello\r\n\r\n', { allowHalfOpen: true });
    await untilMatches(socket, /^HTTP\/1.1 400 /);
    await server.close(60_000);
  });
});
