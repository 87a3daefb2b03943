import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from './start.ts';

const DOCUMENT = `
service: fixture
provider: { name: aws, timeout: 1, environment: {} }
functions:
  echo:
    handler: functions/echo.handler
    events:
      - httpApi: { method: POST, path: /things }
      - httpApi: { method: POST, path: /things/ }
      - httpApi: { method: GET, path: '/things/{id}' }
      - httpApi: { method: GET, path: '/things/{id}/' }
  broken:
    handler: functions/broken.handler
    events: [{ httpApi: { method: GET, path: /broken } }]
  stuck:
    handler: functions/broken.stuck
    timeout: 0.05
    events: [{ httpApi: { method: GET, path: /stuck } }]
  slow:
    handler: functions/broken.slow
    events: [{ httpApi: { method: GET, path: /slow } }]
  binary:
    handler: functions/broken.binary
    events: [{ httpApi: { method: GET, path: /binary } }]
  notFound:
    handler: functions/broken.notFound
    events: [{ httpApi: '*' }]
`;
const ECHO = `export const handler = async (event, context) => ({
  statusCode: 201,
  headers: { 'content-type': 'application/json', 'x-left': String(context.getRemainingTimeInMillis() > 500) },
  body: JSON.stringify(event),
});`;
const BROKEN = `
export const handler = async () => { throw new Error('hunter2'); };
export const stuck = () => new Promise(() => {});
export const slow = () => new Promise((resolve) => { globalThis.finishSlow = () => resolve({ statusCode: 200, body: 'done' }); globalThis.slowBegan(); });
export const binary = async () => ({ statusCode: 200, headers: {}, body: 'AP8=', isBase64Encoded: true });
export const notFound = async (event) => ({ statusCode: 404, headers: {}, body: event.routeKey });
`;

const shared = globalThis as unknown as { finishSlow(): void; slowBegan(): void };
let root: string;
let runtime: Runtime;
let base: string;
const admitMetrics = async ({ authorization }: Record<string, string>) => {
  if (authorization === 'Bearer reader') return { headers: { ratelimit: '"default";r=9;t=1' } };
  throw new ServiceError('unauthorized', 'Credentials are required.', { headers: { 'www-authenticate': 'Bearer' } });
};
const start = (more: Partial<RuntimeOptions> = {}) =>
  startRuntime({
    ...more,
    port: 0,
    admitMetrics,
    metricsPort: 0,
    host: '127.0.0.1',
    roles: ['api'],
    environment: {},
    serverlessPath: join(root, 'serverless.yml'),
  });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'runtime-'));
  await mkdir(join(root, 'functions'));
  await writeFile(join(root, 'serverless.yml'), DOCUMENT);
  await writeFile(join(root, 'functions/echo.mjs'), ECHO);
  await writeFile(join(root, 'functions/broken.mjs'), BROKEN);
  runtime = await start();
  base = `http://127.0.0.1:${runtime.port}`;
});
afterAll(async () => {
  await runtime.close();
  await rm(root, { recursive: true });
});

/** What node's fetch would tidy up is sent as it is. */
const raw = (text: string): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(runtime.port, '127.0.0.1', () => socket.write(text));
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('close', () => resolve(answer)).on('error', reject);
  return promise;
};

describe('an API Gateway event', () => {
  it.each(['/things', '/things/'])('is made of POST %s, with headers, query and body as they came', async (path) => {
    const response = await fetch(`${base}${path}?a=1&a=2&b=%20`, {
      method: 'POST',
      body: '{"ä":1}',
      headers: { 'X-One': '1' },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('x-left')).toBe('true');
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: `POST ${path}`,
      rawPath: path,
      rawQueryString: 'a=1&a=2&b=%20',
      headers: { 'x-one': '1', 'content-type': 'text/plain;charset=UTF-8' },
      body: '{"ä":1}',
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST', path } },
    });
  });

  it('has decoded path parameters, with and without trailing slash', async () => {
    for (const path of ['/things/a%20b', '/things/a%20b/']) {
      expect(await (await fetch(base + path)).json()).toMatchObject({ rawPath: path, pathParameters: { id: 'a b' } });
    }
  });

  it('carries bytes that are not UTF-8 base64-encoded', async () => {
    const response = await fetch(`${base}/things`, { method: 'POST', body: new Uint8Array([0, 255]) });
    expect(await response.json()).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });
});

it('sends a base64 answer as bytes', async () => {
  const bytes = await (await fetch(`${base}/binary`)).bytes();
  expect([...bytes]).toEqual([0, 255]);
});

it('gives every unknown path and method to the $default route', async () => {
  expect(await (await fetch(`${base}/nowhere`)).text()).toBe('$default');
  expect(await (await fetch(`${base}/things`, { method: 'DELETE' })).text()).toBe('$default');
});

it('answers 400 to a path parameter with a broken encoding', async () => {
  const response = await fetch(`${base}/things/%ff`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'validation-failed' });
});

it('answers 400, as a problem document, to what is not HTTP and to headers above the limit', async () => {
  expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*problem\+json/s);
  expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(17_000)}\r\n\r\n`)).toContain(
    '"pointer":"/header"',
  );
});

it('answers 413 before the body has come', async () => {
  const head = `POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\nbegin`;
  expect(await raw(head)).toMatch(/^HTTP\/1.1 413 .*payload-too-large/s);
});

it('answers 413 to a body of unknown length as soon as it is too large', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const request = httpRequest(`${base}/things`, { method: 'POST' }, (response) => resolve(response.statusCode));
  request.on('error', reject);
  request.write(Buffer.alloc(1_100_000));
  expect(await promise).toBe(413);
  request.destroy();
});

it('answers 500 when a handler throws, and says nothing of it', async () => {
  const response = await fetch(`${base}/broken`);
  expect(response.status).toBe(500);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.text()).not.toContain('hunter2');
});

it("answers 503 when the function's time is over", async () => {
  const response = await fetch(`${base}/stuck`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: 'unavailable' });
});

it('serves metrics, of the process and of the requests', async () => {
  const response = await fetch(`${base}/metrics`, { headers: { authorization: 'Bearer reader' } });
  expect(response.headers.get('ratelimit')).toBe('"default";r=9;t=1');
  const text = await response.text();
  expect(text).toContain('process_resident_memory_bytes');
  expect(text).toContain('# TYPE event_system_delivery_lateness_seconds histogram');
});

it('shows metrics to no other caller on its own port, and to every caller on the port for the inside', async () => {
  for (const method of ['GET', 'HEAD']) {
    const refused = await fetch(`${base}/metrics/`, { method });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await refused.text()).not.toContain('event_system');
  }
  const inside = `http://127.0.0.1:${runtime.metricsPort}`;
  expect(await (await fetch(`${inside}/metrics`)).text()).toContain('event_system_delivery_lateness_seconds');
  for (const path of ['/', '/things', '/broken', '/health']) {
    expect([path, (await fetch(inside + path)).status]).toEqual([path, 404]);
  }
});

it('finishes requests in flight when it closes, and takes no new ones', async () => {
  const other = await start();
  const began = Promise.withResolvers<void>();
  shared.slowBegan = began.resolve;
  const slow = fetch(`http://127.0.0.1:${other.port}/slow`);
  await began.promise;
  const closed = other.close();
  await expect(fetch(`http://127.0.0.1:${other.port}/binary`)).rejects.toThrow();
  shared.finishSlow();
  expect(await (await slow).text()).toBe('done');
  await closed;
});

it('answers who came while it was held up for the whole time that its port had to stay open', async () => {
  const other = await start({ drainMs: 50 });
  const closed = other.close();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const code = `const { parentPort, workerData } = require('node:worker_threads');
    const answer = fetch('http://127.0.0.1:${other.port}/binary');
    setTimeout(() => { Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0); }, 200);
    answer.then(({ status }) => parentPort.postMessage(status), (error) => parentPort.postMessage(String(error.cause)));`;
  const client = new Worker(code, { eval: true, workerData: signal });
  const answered = once(client, 'message');
  Atomics.wait(signal, 0, 0, 5_000); // nothing runs here until the client is connected and the time is over
  expect(await answered).toEqual([200]);
  await closed;
});

it('does not start without a handler that serverless.yml names', async () => {
  await writeFile(join(root, 'bad.yml'), DOCUMENT.replace('broken.slow', 'broken.gone'));
  const starting = startRuntime({
    port: 0,
    admitMetrics,
    roles: ['api'],
    environment: {},
    serverlessPath: join(root, 'bad.yml'),
  });
  await expect(starting).rejects.toThrow('broken.gone is not a function');
});
