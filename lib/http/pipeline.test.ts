import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ServiceError } from '../errors.ts';
import { apiEvent, lambdaContext, type RequestFixture } from '../testing/http-events.ts';
import { publicRoute } from './route.ts';
import type { HttpHandler } from './types.ts';

const thing = z.strictObject({ name: z.string().min(1).max(5), size: z.int().min(0).optional() });
const create = publicRoute({ body: thing, status: 201 }, ({ body }) => ({ body, headers: { Location: '/things/1' } }));

const call = async (handler: HttpHandler, request: RequestFixture = {}, remainingMs?: number) => {
  const response = await handler(apiEvent(request), lambdaContext(remainingMs));
  const headers = response.headers as Record<string, string>;
  return {
    status: response.statusCode,
    headers,
    text: response.body ?? '',
    json: () => JSON.parse(response.body ?? ''),
  };
};
const post = (body: string, request: RequestFixture = {}) => call(create, { body, ...request });
const failing = (error: unknown) =>
  publicRoute({}, () => {
    throw error;
  });

describe('201', () => {
  it('answers with JSON, the request id, and headers that keep it from caches and sniffers', async () => {
    const { status, headers, json } = await post('{"name":"bolt"}');
    expect(status).toBe(201);
    expect(json()).toEqual({ name: 'bolt' });
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': '0b7cbd4e-3f1c-4d3e-9a58-0d6a5b1c2d3e',
      location: 'http://localhost/things/1',
    });
  });

  it('takes a base64-encoded body, and charset=UTF-8', async () => {
    const body = Buffer.from('{"name":"ö"}').toString('base64');
    const request = { base64: true, headers: { 'content-type': 'application/json; charset="UTF-8"' } };
    expect((await post(body, request)).json()).toEqual({ name: 'ö' });
  });

  it.each(['UTF-8', 'utf8', '"UTF8"', '"utf-8"'])('takes charset=%s', async (charset) => {
    const { status } = await post('{"name":"x"}', {
      headers: { 'content-type': `application/json; charset=${charset}` },
    });
    expect(status).toBe(201);
  });

  it.each([false, true])('takes a body that begins with a byte order mark, base64 %s', async (base64) => {
    const body = '\ufeff{"name":"\ufeffö"}';
    const { json } = await post(base64 ? Buffer.from(body).toString('base64') : body, { base64 });
    expect(json()).toEqual({ name: '\ufeffö' });
  });

  it("keeps the caller's request id when it is safe to repeat", async () => {
    const id = async (given: string) =>
      (await post('{"name":"x"}', { headers: { 'content-type': 'application/json', 'x-request-id': given } })).headers[
        'x-request-id'
      ];
    expect(await id('order-17')).toBe('order-17');
    expect(await id('two words\r\n')).toBe('0b7cbd4e-3f1c-4d3e-9a58-0d6a5b1c2d3e');
  });
});

describe('400', () => {
  it('names the field and the rule, for every broken rule, with RFC 6901 pointers', async () => {
    const { status, headers, json } = await post('{"name":"","size":-1,"a/b~c":1}');
    expect(status).toBe(400);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(json()).toMatchObject({
      type: 'urn:problem-type:event-notification-service:validation-failed',
      title: 'The request is not valid',
      status: 400,
      code: 'validation-failed',
      instance: 'urn:uuid:0b7cbd4e-3f1c-4d3e-9a58-0d6a5b1c2d3e',
      errors: [
        { pointer: '/name', detail: 'must not be empty' },
        { pointer: '/size', detail: 'must be at least 0' },
        { pointer: '/a~1b~0c', detail: 'is not known' },
      ],
    });
    expect(json().detail).toContain('/name: must not be empty');
  });

  it('names every broken rule of query, body and Idempotency-Key at once, those beyond the schema too', async () => {
    const rules = (given: Record<string, unknown>) => [
      { pointer: '/name', detail: 'must be a bolt' },
      { pointer: '/zone', detail: `must be known, not ${given.zone}` },
    ];
    const body = z.strictObject({ name: z.string().max(5), zone: z.string() });
    const strict = publicRoute({ body, rules, idempotencyKey: 'checked' }, () => ({}));
    const given = { query: 'a=1&b=%E0', body: '{"name":"too long","zone":"Berlin"}' };
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'x'.repeat(256) };
    const { json } = await call(strict, { ...given, headers });
    expect(json().errors).toEqual([
      { pointer: '/query/b', detail: 'must be percent-encoded UTF-8' },
      { pointer: '/query/a', detail: 'is not known' },
      { pointer: '/name', detail: 'must have at most 5 characters' },
      { pointer: '/header/idempotency-key', detail: 'must be 1 to 255 printable ASCII characters' },
      { pointer: '/zone', detail: 'must be known, not Berlin' },
    ]);
  });

  it('names a field once, with every rule that it broke', async () => {
    const named = z.string().max(5).regex(/^x/, 'must begin with x');
    const handler = publicRoute({ body: z.object({ name: named }) }, () => ({}));
    const { json } = await call(handler, { body: '{"name":"too long"}' });
    expect(json().errors).toEqual([
      { pointer: '/name', detail: 'must have at most 5 characters, and must begin with x' },
    ]);
  });

  it('says that a missing field is required', async () => {
    expect((await post('{}')).json().errors).toEqual([{ pointer: '/name', detail: 'is required' }]);
  });

  it('reports the branch of a union that the caller meant', async () => {
    const either = z.union([z.string(), z.strictObject({ at: z.object({ day: z.int() }) })]);
    const handler = publicRoute({ body: z.object({ when: either }) }, () => ({}));
    const errors = async (body: unknown) => (await call(handler, { body: JSON.stringify(body) })).json().errors;
    expect(await errors({ when: { at: { day: 'x' } } })).toEqual([
      { pointer: '/when/at/day', detail: 'must be a number' },
    ]);
    expect(await errors({ when: 7 })).toEqual([{ pointer: '/when', detail: 'must be a string, or must be an object' }]);
  });

  it.each([
    ['{"name":', 'is not valid JSON'],
    ['', 'required'],
  ])('is malformed-json for %j', async (body, words) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json()).toMatchObject({ code: 'malformed-json', detail: expect.stringContaining(words) });
  });

  it('is malformed-json for bytes that are not UTF-8', async () => {
    const { json } = await post(Buffer.from([0x22, 0xff, 0x22]).toString('base64'), { base64: true });
    expect(json()).toMatchObject({ code: 'malformed-json', detail: 'The body is not valid UTF-8.' });
  });

  it.each([
    ['{"__proto__":{"admin":true}}', '/__proto__'],
    ['{"constructor":{"prototype":{}}}', '/constructor/prototype'],
    ['{"name":"\\ud800"}', '/name'],
    ['{"size":1e999}', '/size'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, ''],
    [`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, ''],
  ])('refuses what is JSON and still not safe to handle: %.40s', async (body, pointer) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json().errors[0].pointer).toBe(pointer);
  });

  const list = publicRoute(
    { query: z.object({ limit: z.coerce.number().int().max(100).default(50) }) },
    ({ query }) => ({
      body: query,
    }),
  );

  it.each([
    ['limit=10&limt=3', '/query/limt', 'is not known'],
    ['limit=10&limit=20', '/query/limit', 'must be given once'],
    ['limit=%E0%A4%A', '/query/limit', 'must be percent-encoded UTF-8'],
    ['limit=abc', '/query/limit', 'must be a number'],
    ['limit=101', '/query/limit', 'must be at most 100'],
  ])('points at the query parameter: %s', async (query, pointer, detail) => {
    const { status, json } = await call(list, { method: 'GET', query });
    expect(status).toBe(400);
    expect(json().errors).toEqual([{ pointer, detail }]);
  });

  it('refuses any parameter where none is known, unless the route ignores them', async () => {
    expect(
      (
        await call(
          publicRoute({}, () => ({})),
          { query: 'a=1' },
        )
      ).status,
    ).toBe(400);
    expect(
      (
        await call(
          publicRoute({ query: 'ignored' }, () => ({})),
          { query: 'a=%' },
        )
      ).status,
    ).toBe(200);
  });

  it('refuses more headers than it would read', async () => {
    const headers = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'v']));
    expect((await call(list, { headers })).json().errors[0].pointer).toBe('/header');
  });
});

describe('404', () => {
  it('is the answer for an id that cannot exist', async () => {
    const get = publicRoute({ params: z.object({ id: z.string().regex(/^ntf_/) }) }, ({ params }) => ({
      body: params,
    }));
    expect((await call(get, { params: { id: 'evt_1' } })).json().code).toBe('not-found');
    expect((await call(get, { params: { id: 'ntf_1' } })).json()).toEqual({ id: 'ntf_1' });
  });
});

describe('409', () => {
  it('carries the extensions and headers of the error, and its own status stays the HTTP one', async () => {
    const error = new ServiceError('already-attempted', 'It is in flight.', {
      extensions: { state: 'SENDING', status: 'SENDING' },
      headers: { ETag: '"3"' },
    });
    const { status, headers, json } = await call(failing(error));
    expect(status).toBe(409);
    expect(json()).toMatchObject({ status: 409, state: 'SENDING' });
    expect(headers.etag).toBe('"3"');
  });
});

describe('413', () => {
  it.each([false, true])('is the answer above 262,144 bytes, base64 %s', async (base64) => {
    const body = `"${'é'.repeat(131_072)}"`;
    const { status, json } = await post(base64 ? Buffer.from(body).toString('base64') : body, { base64 });
    expect(status).toBe(413);
    expect(json().code).toBe('payload-too-large');
  });
});

describe('415', () => {
  it.each([undefined, 'text/plain', 'application/json; charset=latin1', 'application/cloudevents+json'])(
    'is the answer to a body of type %s',
    async (type) => {
      const event = apiEvent({ body: '{"name":"x"}' });
      event.headers = type === undefined ? {} : { 'content-type': type };
      expect((await create(event, lambdaContext())).statusCode).toBe(415);
    },
  );

  it('comes before the bytes are read: UTF-16 that says so is another type, not broken UTF-8', async () => {
    const body = Buffer.from('{"name":"ö"}', 'utf16le').toString('base64');
    const event = apiEvent({ body, base64: true, headers: { 'content-type': 'application/json; charset=utf-16' } });
    expect((await create(event, lambdaContext())).statusCode).toBe(415);
  });

  it('lets a route take other types, and read the body itself', async () => {
    const read = ({ rawBody }: { rawBody: string }) => Buffer.from(rawBody);
    const raw = publicRoute({ read, contentTypes: ['application/cloudevents+json'] }, ({ body }) => ({
      raw: { contentType: 'application/octet-stream', body },
    }));
    const headers = { 'Content-Type': 'application/cloudevents+json; charset=utf-8' };
    const event = apiEvent({ body: '{}' });
    event.headers = headers;
    const response = await raw(event, lambdaContext());
    expect(response).toMatchObject({ statusCode: 200, isBase64Encoded: true, body: 'e30=' });
  });
});

describe('500', () => {
  it.each([new Error('password=hunter2'), 'hunter2', undefined, null])('says nothing of %s', async (error) => {
    const { status, text, json } = await call(failing(error));
    expect(status).toBe(500);
    expect(json().code).toBe('internal');
    expect(text).not.toContain('hunter2');
  });
});

describe('503', () => {
  it('asks to come back later', async () => {
    const { status, headers } = await call(failing(new ServiceError('unavailable', 'The store does not answer.')));
    expect(status).toBe(503);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is the answer just before the function would time out', async () => {
    const stuck = publicRoute({}, () => new Promise(() => {}));
    expect((await call(stuck, {}, 260)).status).toBe(503);
  });
});

it('answers HEAD without a body', async () => {
  expect((await call(failing(new Error()), { method: 'HEAD' })).text).toBe('');
});
