/** What the server makes of a handler's answer: HEAD, compression, and what is said of /metrics. */
import { once } from 'node:events';
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ServiceError } from '../../errors.ts';
import { makeHandler } from '../../http/pipeline.ts';
import { publicRoute } from '../../http/route.ts';
import { useSink } from '../../telemetry/index.ts';
import { makePrometheusSink } from '../../telemetry/prometheus.ts';
import { startMetricsServer } from '../metrics-server.ts';
import type { LoadedFunction } from '../serverless/handlers.ts';
import { makeRouter } from './router.ts';
import { closeAll, type Handlers, serve } from './server.testing.ts';
import type { HttpServerOptions } from './server.ts';

beforeAll(() => useSink(makePrometheusSink({ processMetrics: true })));
afterEach(closeAll);

const handlers: Handlers = {
  large: publicRoute({ query: 'ignored' }, () => ({ body: { text: 'long '.repeat(1_000) }, headers: { etag: '"7"' } })),
  small: publicRoute({ params: z.object({ id: z.string() }) }, ({ params }) => ({ body: params })),
  bytes: publicRoute({}, () => ({ raw: { contentType: 'text/plain', body: Buffer.alloc(2_000, 'x') } })),
  closed: makeHandler({}, () => ({}), { admit: async () => Promise.reject(new ServiceError('unauthorized', 'No.')) }),
  health: publicRoute({}, () => ({ body: { status: 'ok' } })),
  other: publicRoute({}, ({ method }) => {
    throw new ServiceError('method-not-allowed', `Not ${method}.`, { headers: { allow: 'POST' } });
  }),
} as unknown as Record<string, LoadedFunction['handler']>;
const get = (path: string) => ({ handler: '', events: [{ httpApi: { method: 'GET', path } }] });
const match = makeRouter({
  functions: {
    large: get('/large'),
    small: get('/small/{id}'),
    bytes: get('/bytes'),
    closed: get('/closed'),
    health: get('/health'),
    other: { handler: '', events: [{ httpApi: '*' }] },
  },
} as never);

/** Without what fetch adds and undoes: the bytes as they came. */
const ask = async (base: string, method: string, path: string, headers: Record<string, string> = {}) => {
  const asked = request(base + path, { method, headers, agent: false }).end();
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { date: _, connection: __, 'x-request-id': ___, ...rest } = response.headers;
  return {
    status: response.statusCode as number,
    headers: rest as Record<string, string>,
    body: Buffer.concat(chunks),
  };
};
const served = async (options: Partial<HttpServerOptions> = {}) => {
  const { base } = await serve({ match, ...options }, handlers);
  return (method: string, path: string, headers?: Record<string, string>) => ask(base, method, path, headers);
};
const gzip = { 'accept-encoding': 'gzip' };

describe('HEAD', () => {
  it.each<[string, Record<string, string>]>([
    ['/large', {}],
    ['/large?a=1', gzip],
    ['/small/7', {}],
    ['/bytes', {}],
    ['/closed', {}],
    ['/metrics', {}],
  ])('%s with %j has the status and headers of GET, and no body', async (path, headers) => {
    const call = await served();
    const [whole, head] = [await call('GET', path, headers), await call('HEAD', path, headers)];
    expect(whole.body.length).toBeGreaterThan(0);
    expect(whole.headers['content-length']).toBe(String(whole.body.length));
    if (path === '/metrics') expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    else expect(head.headers).toEqual(whole.headers);
    expect([head.status, head.body.length]).toEqual([whole.status, 0]);
  });

  it('of readiness says that the process is draining', async () => {
    const call = await served({ isReady: () => false });
    const [whole, head] = [await call('GET', '/health'), await call('HEAD', '/health')];
    expect([head.status, head.headers]).toEqual([503, whole.headers]);
  });

  it('of what takes no GET is refused as any other method', async () => {
    const call = await served();
    expect(await call('HEAD', '/nothing')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('an answer over 1 KB', () => {
  it('is compressed for a client that takes gzip, its ETag as it was', async () => {
    const call = await served();
    const [plain, small] = [await call('GET', '/large'), await call('GET', '/large', gzip)];
    expect(small.headers).toEqual({
      ...plain.headers,
      'content-encoding': 'gzip',
      'content-length': String(small.body.length),
    });
    expect(small.body.length).toBeLessThan(plain.body.length / 10);
    expect(gunzipSync(small.body)).toEqual(plain.body);
    expect(plain.headers).toMatchObject({ etag: '"7"', vary: 'accept-encoding' });
  });

  it.each(['identity', 'gzip;q=0', 'br', 'gzip;q=0.2, identity;q=0.8'])('is as it is for %s', async (coding) => {
    const { headers, body } = await (await served())('GET', '/large', { 'accept-encoding': coding });
    expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'accept-encoding']);
    expect(JSON.parse(body.toString())).toEqual({ text: 'long '.repeat(1_000) });
  });

  it('is left alone where it is small, or shared by all', async () => {
    const call = await served();
    for (const path of ['/small/7', '/bytes']) {
      expect((await call('GET', path, gzip)).headers).not.toHaveProperty('content-encoding');
    }
  });

  it('has memory reserved, while it is made, for its size before that', async () => {
    const began = Promise.withResolvers<void>();
    const slowRequest = Promise.withResolvers<void>();
    let calls = 0;
    const made = publicRoute({}, async () => {
      calls += 1;
      if (calls === 2) {
        began.resolve();
        await slowRequest.promise;
      }
      return { body: 'x'.repeat(1_000_000) };
    });
    const { base, server } = await serve({}, { made } as unknown as Handlers);
    expect((await ask(base, 'GET', '/made', gzip)).body.length).toBeLessThan(10_000);
    const second = ask(base, 'GET', '/made', gzip);
    await began.promise;
    expect(server.held().answerBytes).toBeGreaterThan(1_000_000);
    slowRequest.resolve();
    await second;
  });
});

describe('/metrics', () => {
  it('is compressed, and takes a query string', async () => {
    const call = await served();
    const { status, headers, body } = await call('GET', '/metrics?format=prometheus', gzip);
    expect([status, headers['content-encoding']]).toEqual([200, 'gzip']);
    expect(gunzipSync(body).toString()).toContain('# TYPE');
  });

  it('is OpenMetrics for those who prefer it, compressed or not, and plain text for all others', async () => {
    const call = await served();
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    const [open, small, plain] = [
      await call('GET', '/metrics', { accept }),
      await call('GET', '/metrics', { accept, ...gzip }),
      await call('GET', '/metrics', { accept: '*/*' }),
    ];
    expect(open.headers).toMatchObject({
      'content-type': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
      vary: 'accept, accept-encoding',
    });
    expect(open.body.toString()).toMatch(/^# TYPE event_system_timers_stale counter$/m);
    expect(open.body.toString()).toMatch(/^event_system_timers_stale_total 0$/m);
    expect(open.body.toString()).toMatch(/\n# EOF\n$/);
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(small.body).toString()).toMatch(/\n# EOF\n$/);
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(plain.body.toString()).toMatch(/^# TYPE event_system_timers_stale_total counter$/m);
    expect(plain.body.toString()).not.toContain('# EOF');
  });

  it.each(['POST', 'DELETE', 'OPTIONS'])('answers %s with 405 and Allow', async (method) => {
    const { status, headers, body } = await (await served())(method, '/metrics/');
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'method-not-allowed' });
  });

  it('says the same on the port of its own', async () => {
    const server = await startMetricsServer({ port: 0, host: '127.0.0.1' });
    const base = `http://127.0.0.1:${server.port}`;
    try {
      expect((await ask(base, 'GET', '/metrics?a=1', gzip)).headers['content-encoding']).toBe('gzip');
      expect(await ask(base, 'POST', '/metrics')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
      const head = await ask(base, 'HEAD', '/metrics');
      expect([head.status, Number(head.headers['content-length']) > 0, head.body.length]).toEqual([200, true, 0]);
      const open = await ask(base, 'GET', '/metrics', { accept: 'application/openmetrics-text' });
      expect(open.headers['content-type']).toContain('application/openmetrics-text');
      expect((await ask(base, 'GET', '/nothing')).status).toBe(404);
    } finally {
      await server.close(0);
    }
  });
});
