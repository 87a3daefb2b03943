import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { makeGuard } from '../../auth/guard.ts';
import { ServiceError } from '../../errors.ts';
import { makeHandler } from '../../http/pipeline.ts';
import { addLogFields } from '../../telemetry/index.ts';
import type { LambdaHandler } from '../serverless/handlers.ts';
import { closeAll, post, serve, until, untilMatches } from './server.testing.ts';
import type { HttpServerOptions } from './server.ts';

afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll();
});

const LIMITS = { ratelimit: '"default";r=9;t=1' };
const BODY = JSON.stringify({ text: 'x'.repeat(100_000) });
const as = (tenant: string): string => `authorization: ${tenant}\r\ncontent-type: application/json\r\n`;

/** A route behind a real guard, whose keys are the names of tenants. */
const start = async (options: Partial<HttpServerOptions> = {}) => {
  const take = vi.fn(() => ({ allowed: true, headers: LIMITS, retryAfterSeconds: 1 }));
  const authenticate = vi.fn(async ({ authorization: tenant }: Record<string, string | undefined>) => {
    if (tenant === undefined) throw new ServiceError('unauthorized', 'Credentials are required.');
    return { principal: { tenant, id: `key-of-${tenant}`, scopes: ['admin' as const] } };
  });
  const guard = makeGuard({ authenticate, limiter: { take }, note: ({ tenant }) => addLogFields({ tenant }) });
  const handled = vi.fn(({ body, tenant }: { body: { text: string }; tenant: string }) => ({
    body: { tenant, length: body.text.length },
  }));
  const admit = (headers: Record<string, string | undefined>) => guard.admit(headers, 'admin');
  const things = makeHandler({ body: z.strictObject({ text: z.string() }) }, handled, { admit });
  const optional = makeHandler(
    { body: z.strictObject({}).optional() },
    ({ body }) => ({ body: { isGiven: body !== undefined } }),
    { admit },
  );
  const read = makeHandler({}, ({ tenant }) => ({ body: { tenant } }), { admit });
  const server = await serve(options, {
    things: things as LambdaHandler,
    optional: optional as LambdaHandler,
    read: read as LambdaHandler,
  });
  return { ...server, authenticate, take, handled };
};

describe('a body that is still on its way', () => {
  it('is read once its sender is known, who is authenticated and counted once', async () => {
    const { open, authenticate, take } = await start();
    const socket = await open(post('/things', BODY.length, BODY.slice(0, 50_000), as('acme')));
    await until(() => expect(take).toHaveBeenCalledOnce());
    socket.write(BODY.slice(50_000));
    expect(await untilMatches(socket, /100000}$/)).toMatch(/^HTTP\/1.1 200 .*ratelimit: .*"tenant":"acme"/s);
    expect([authenticate.mock.calls.length, take.mock.calls.length]).toEqual([1, 1]);
  });

  it('is logged with what was noted of its sender before', async () => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { open } = await start();
    const socket = await open(post('/things', BODY.length, BODY.slice(0, 50_000), as('acme')));
    socket.write(BODY.slice(50_000));
    await untilMatches(socket, /100000}$/);
    expect(written.mock.calls.map(([line]) => String(line)).join('')).toMatch(/"message":"request".*"tenant":"acme"/);
  });

  it('is authenticated and counted once when it came with its headers, too', async () => {
    const { open, authenticate, take } = await start();
    const small = JSON.stringify({ text: 'abc' });
    await untilMatches(await open(post('/things', small.length, small, as('acme'))), /"length":3}$/);
    expect([authenticate.mock.calls.length, take.mock.calls.length]).toEqual([1, 1]);
  });

  it('is refused before it is there, by the handler itself: 401, 413 with and without a key', async () => {
    const { open, authenticate, handled } = await start();
    const refused = await open(post('/things', BODY.length, BODY.slice(0, 10), 'x-request-id: mine\r\n'));
    expect(await untilMatches(refused, /}$/)).toMatch(/^HTTP\/1.1 401 .*x-request-id: mine.*unauthorized/s);
    for (const headers of [as('acme'), '']) {
      authenticate.mockClear();
      const large = await open(post('/things', 262_145, BODY.slice(0, 10), headers));
      expect(await untilMatches(large, /}$/)).toMatch(/^HTTP\/1.1 413 .*262144 bytes/is);
      expect(authenticate).not.toHaveBeenCalled();
    }
    expect(handled).not.toHaveBeenCalled();
  });

  it.each([
    ['of known length', `content-length: ${2 * 1_048_576}`, (text: string) => text],
    ['of unknown length', 'transfer-encoding: chunked', (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`],
  ])(
    'that is too large and %s is answered once it has come, for clients that read nothing before',
    async (_, header, framed) => {
      const { open, get } = await start({ times: { drainMs: 60_000, drainQuietMs: 60_000 } });
      const socket = await open(`POST /things HTTP/1.1\r\nhost: x\r\n${as('acme')}${header}\r\n\r\n`);
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      let answered = false;
      socket.once('data', () => {
        answered = true;
      });
      const half = framed('x'.repeat(1_048_576));
      socket.write(half);
      await until(() => expect(written.mock.calls.join('')).toContain('"code":"payload-too-large"'));
      // Another request, from its connection to its answer: this one's would have come before it.
      await get('/quick');
      expect(answered).toBe(false);
      socket.write(half);
      if (header.startsWith('transfer')) socket.write('0\r\n\r\n');
      expect(await untilMatches(socket, /}$/)).toMatch(/^HTTP\/1.1 413 /);
    },
  );

  it('that is refused and never ends is closed for the sake of those that connect after it', async () => {
    const connections = 5;
    const { open, get } = await start({ limits: { connections }, times: { drainMs: 60_000, drainQuietMs: 60_000 } });
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const head = 'POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n';
    for (let count = 0; count < connections; count += 1) await open(head);
    await until(() => expect(written.mock.calls.join('').split('"code":"unauthorized"')).toHaveLength(connections + 1));
    expect((await get('/health')).status).toBe(200);
  });

  it('leaves its connection open when it is refused and small enough to be thrown away', async () => {
    const { open } = await start();
    const socket = await open(post('/things', BODY.length, BODY.slice(0, 10)));
    await untilMatches(socket, /unauthorized"}$/);
    socket.write(BODY.slice(10) + post('/things', BODY.length, BODY, as('acme')));
    await untilMatches(socket, /"length":100000}$/);
  });

  it('may be as large as its route allows', async () => {
    const admit = async () => ({ principal: { tenant: 'a', id: 'k', scopes: [] }, headers: {}, charge: () => {} });
    const read = ({ rawBody }: { rawBody: string }) => rawBody.length;
    const many = makeHandler({ read, bodyBytesMax: 1_048_576 }, ({ body }) => ({ body: { length: body } }), { admit });
    const { open } = await serve({}, { many: many as LambdaHandler });
    const socket = await open(post('/many', 1_000_000, ' '.repeat(400_000), as('acme')));
    socket.write(' '.repeat(600_000));
    expect(await untilMatches(socket, /}$/)).toMatch(/^HTTP\/1.1 200 .*"length":1000000/s);
    const large = await open(post('/many', 1_048_577, '', as('acme')));
    expect(await untilMatches(large, /}$/)).toMatch(/^HTTP\/1.1 413 .*1048576 bytes/is);
  });

  it('of unknown length is cut at the limit', async () => {
    const { open } = await start();
    const head = `POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n${as('acme')}\r\n`;
    const socket = await open(head);
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    socket.write(chunk.repeat(5));
    expect(await untilMatches(socket, /}$/)).toMatch(/^HTTP\/1.1 413 .*ratelimit: .*payload-too-large/is);
  });

  it.each([
    ['things', /^HTTP\/1.1 400 .*A JSON body is required.*"code":"malformed-json"/s],
    ['optional', /^HTTP\/1.1 200 .*"isGiven":false/s],
  ])('of unknown length that proves to be empty is answered as none: /%s', async (path, answer) => {
    const { open, take } = await start();
    const socket = await open(`POST /${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n${as('acme')}\r\n`);
    await until(() => expect(take).toHaveBeenCalledOnce());
    socket.write('0\r\n\r\n');
    expect(await untilMatches(socket, /}$/)).toMatch(answer);
  });

  it('is not done without when its sender was not known in time', async () => {
    const handled = vi.fn(async () => ({ statusCode: 200, headers: {}, body: 'done' }));
    const authenticate = vi
      .fn(async () => ({ tenant: 'acme', headers: {}, takesBody: true }))
      .mockReturnValueOnce(new Promise(() => {}));
    const things = { name: 'things', timeoutMs: 20, handler: Object.assign(handled, { authenticate }) };
    const { open } = await serve({ functions: new Map([['things', things]]) });
    const socket = await open(post('/things', BODY.length, BODY.slice(0, 10)));
    expect(await untilMatches(socket, /}$/)).toMatch(/^HTTP\/1.1 503 .*"code":"unavailable"/s);
    expect(handled).not.toHaveBeenCalled();
  });

  it('is asked for (100 Continue) only when it will be read', async () => {
    const { open } = await start();
    const wanted = await open(post('/things', BODY.length, '', `${as('acme')}expect: 100-continue\r\n`));
    await untilMatches(wanted, /^HTTP\/1.1 100 Continue\r\n\r\n$/);
    wanted.write(BODY);
    await untilMatches(wanted, /"length":100000}$/);
    const stranger = await open(post('/things', BODY.length, '', 'expect: 100-continue\r\n'));
    expect(await untilMatches(stranger, /}$/)).toMatch(/^HTTP\/1.1 401 .*connection: close/is);
  });

  it('is not read where no body is taken', async () => {
    const { open } = await start();
    const socket = await open(post('/read', 200_000, 'x', as('acme')));
    expect(await untilMatches(socket, /"acme"}$/)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('stalled uploads', () => {
  const limits = { bodyBytes: 400_000, freeBytes: 1_000 };
  const stalled = (tenant: string): string => post('/things', 200_000, BODY, tenant && as(tenant));
  const upload = (base: string, tenant: string) =>
    fetch(`${base}/things`, {
      method: 'POST',
      body: BODY,
      headers: { authorization: tenant, 'content-type': 'application/json' },
    });

  it('without a key hold nothing', async () => {
    const { open, base } = await start({ limits });
    const strangers = await Promise.all(Array.from({ length: 72 }, () => open(stalled(''))));
    await Promise.all(strangers.map((socket) => untilMatches(socket, /unauthorized/)));
    const answers = await Promise.all([upload(base, 'acme'), upload(base, 'acme')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('of one tenant leave memory for the bodies of another', async () => {
    const { open, base } = await start({ limits });
    const sockets = [await open(stalled('acme')), await open(stalled('acme')), await open(stalled('acme'))];
    await Promise.race(sockets.map((socket) => once(socket, 'data'))); // one of them is 503
    expect((await upload(base, 'acme')).status).toBe(503);
    expect((await upload(base, 'umbrella')).status).toBe(200);
  });
});
