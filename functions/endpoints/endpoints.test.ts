import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notificationMapping } from '../../lib/aws/items/notification-item.ts';
import { makeReceiver, type Receiver } from '../../lib/channels/http-client/receiver.testing.ts';
import type { HttpHandler } from '../../lib/http/types.ts';
import { failedNotification } from '../../lib/testing/dead-letters.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/endpoints';
const NAMES = ['create', 'list', 'get', 'patch', 'remove', 'rotate-secret', 'disable', 'enable', 'send-test'] as const;
let backend: Backend;
let receiver: Receiver;
let handlers: Record<(typeof NAMES)[number], HttpHandler>;
let createNotification: HttpHandler;

beforeAll(async () => {
  backend = await startBackend({ WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_ALLOW_HTTP: 'true' });
  receiver = await makeReceiver((_received, _request, response) => response.writeHead(202).end());
  const loaded = NAMES.map(async (name) => [name, (await import(new URL(`${name}.ts`, import.meta.url).href)).handler]);
  handlers = Object.fromEntries(await Promise.all(loaded));
  createNotification = (await import('../notifications/create.ts')).handler;
});
afterAll(async () => {
  await receiver.close();
  await backend.stop();
});

const send = (body: unknown, headers: Record<string, string> = {}) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
const create = (input: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  invoke(handlers.create, { path: `${base}/`, ...send({ url: receiver.url, ...input }, headers) });
const at = (id: string, action = '') => ({ path: `${base}/${id}${action}`, params: { id } });
const get = (id: string) => invoke(handlers.get, { method: 'GET', ...at(id) });
const UNKNOWN_ID = `end_${'0'.repeat(26)}`;

describe('POST /api/v1/endpoints/', () => {
  it('201 with Location, ETag and the secret, which no other answer shows', async () => {
    const { status, headers, body } = await create({ headers: { Authorization: 'Bearer hidden' }, rate_limit: 5 });
    expect([status, headers.location, headers.etag]).toEqual([201, `http://localhost${base}/${body.id}`, '"1"']);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^end_[0-9a-z]{26}$/),
      header_names: ['authorization'],
      rate_limit: 5,
      state: 'enabled',
      public_key: expect.stringMatching(/^whpk_/),
      secret: expect.stringMatching(/^whsec_/),
      health: { circuit: 'closed', consecutive_failures: 0 },
      version: 1,
    });
    const { secret, ...rest } = body;
    const read = await get(body.id);
    expect([read.status, read.headers.etag, read.body]).toEqual([200, '"1"', rest]);
    const list = await invoke(handlers.list, { method: 'GET', path: `${base}/` });
    expect(JSON.stringify([body, list.body])).not.toMatch(/Bearer|whsk_/);
    expect(JSON.stringify([read.body, list.body])).not.toContain(secret);
  });

  it('201 with a secret that lacks its padding, which it shows', async () => {
    const padded = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const { status, body } = await create({ secret: padded.replace('=', '') });
    expect([status, body.secret]).toEqual([201, padded]);
  });

  it('201 again for the same key and body, without the secret; 422 for another body', async () => {
    const first = await create({}, { 'idempotency-key': 'k' });
    const again = await create({}, { 'idempotency-key': 'k' });
    const { secret: _, ...rest } = first.body;
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([201, 'true', rest]);
    expect(await create({ rate_limit: 1 }, { 'idempotency-key': 'k' })).toMatchObject({ status: 422 });
  });

  it.each([
    [{ url: 'ftp://example.com/' }, '/url'],
    [{ url: undefined }, '/url'],
    [{ headers: { Host: 'a' } }, '/headers/Host'],
    [{ headers: { a: 'b\r\nc: d' } }, '/headers/a'],
    [{ headers: { a: 1 } }, '/headers/a'],
    [{ headers: { a: { toString: 1 } } }, '/headers/a'],
    [{ headers: ['a'] }, '/headers'],
    [{ secret: 'whsec_short' }, '/secret'],
    [{ surprise: 1 }, '/surprise'],
  ])('answers 400 for the body %j', async (input, pointer) => {
    const { status, body } = await create(input);
    expect([status, body.errors]).toEqual([400, [{ pointer, detail: expect.any(String) }]]);
  });
});

describe('GET /api/v1/endpoints/', () => {
  it('200: an array, newest first, page by page through Link', async () => {
    const made = [(await create()).body.id, (await create()).body.id];
    const first = await invoke(handlers.list, { method: 'GET', path: `${base}/`, query: 'limit=1' });
    const [, next = ''] = /<[^?]*\?([^>]*)>; rel="next"/.exec(first.headers.link ?? '') ?? [];
    const second = await invoke(handlers.list, { method: 'GET', path: `${base}/`, query: next });
    expect([...first.body, ...second.body].map(({ id }) => id).sort()).toEqual(made.sort());
  });

  it.each(['state=disabled', 'limit=0', 'cursor=abc'])('answers 400 for the query %s', async (query) => {
    expect(await invoke(handlers.list, { method: 'GET', path: `${base}/`, query })).toMatchObject({ status: 400 });
  });
});

describe('PATCH /api/v1/endpoints/{id}', () => {
  const patch = (id: string, body: unknown, headers = {}) =>
    invoke(handlers.patch, { method: 'PATCH', ...at(id), ...send(body, headers) });

  it('200 with what was given changed; 412 for a stale If-Match; 400 for what a creation would refuse', async () => {
    const { id } = (await create({ headers: { a: '1', b: '2' }, description: 'd', max_concurrency: 2 })).body;
    const changed = await patch(id, { headers: { A: null, c: '3' }, description: null }, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.etag]).toEqual([200, '"2"']);
    expect(changed.body).toMatchObject({ header_names: ['b', 'c'], max_concurrency: 2, version: 2 });
    expect(changed.body).not.toHaveProperty('description');
    expect(await patch(id, { rate_limit: 1 }, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await patch(id, { url: 'nothing' })).toMatchObject({ status: 400, body: { errors: [{ pointer: '/url' }] } });
    expect(await patch(id, {})).toMatchObject({ status: 400 });
    expect(await patch(id, { id: UNKNOWN_ID })).toMatchObject({ status: 400 });
  });
});

describe('POST /api/v1/endpoints/{id}/rotate-secret', () => {
  it('200 with the new secret, with and without a body; both sign what is sent then', async () => {
    const { id, secret } = (await create()).body;
    const rotated = await invoke(handlers['rotate-secret'], at(id, '/rotate-secret'));
    expect(rotated).toMatchObject({ status: 200, body: { rotation_ends_at: expect.any(String), version: 2 } });
    expect(rotated.body.secret).not.toBe(secret);
    await invoke(handlers['send-test'], at(id, '/test'));
    const { body, headers } = receiver.received.at(-1) ?? { body: '', headers: {} };
    for (const one of [secret, rotated.body.secret])
      expect(new Webhook(one).verify(body, headers as never)).toBeTruthy();
    const ended = await invoke(handlers['rotate-secret'], {
      ...at(id, '/rotate-secret'),
      ...send({ overlap_seconds: 0 }),
    });
    expect(ended.body).not.toHaveProperty('rotation_ends_at');
    const tooLong = { ...at(id, '/rotate-secret'), ...send({ overlap_seconds: 604_801 }) };
    expect(await invoke(handlers['rotate-secret'], tooLong)).toMatchObject({ status: 400 });
  });
});

describe('POST /api/v1/endpoints/{id}/test', () => {
  it('200 with what came back', async () => {
    const { id } = (await create({ headers: { 'x-own': 'v' } })).body;
    const { status, body } = await invoke(handlers['send-test'], at(id, '/test'));
    expect([status, body]).toEqual([200, { outcome: 'sent', http_status: 202, duration_ms: expect.any(Number) }]);
    const { headers, body: text = '' } = receiver.received.at(-1) ?? {};
    expect(headers).toMatchObject({ 'x-own': 'v' });
    expect(JSON.parse(text)).toMatchObject({ type: 'endpoint.test', data: { endpoint_id: id } });
  });
});

describe('disable, enable', () => {
  it('200 each, and again; with a replay the job that brings back what died', async () => {
    const { id } = (await create()).body;
    const disable = () => invoke(handlers.disable, at(id, '/disable'));
    const off = { state: 'disabled', disabled_reason: 'manual', disabled_at: expect.any(String), version: 2 };
    expect(await disable()).toMatchObject({ status: 200, body: off });
    expect(await disable()).toMatchObject({ status: 200, body: off });

    const named = { notification_type: 'custom', entity_id: 'e', send_at: new Date().toISOString(), endpoint_id: id };
    const made = await invoke(createNotification, { path: '/api/v1/notifications/', ...send(named) });
    expect(made).toMatchObject({ status: 201, body: { endpoint_id: id } });
    const channels = { webhook: { to: id, state: 'failed' as const, attempts: 1, roundFrom: 0 } };
    await backend.dynamo.table.create(failedNotification('ntf_dead', Date.now(), { channels }), notificationMapping);

    const enable = (body?: unknown) =>
      invoke(handlers.enable, { ...at(id, '/enable'), ...(body !== undefined && send(body)) });
    const on = await enable({ replay: true });
    expect(on).toMatchObject({
      status: 200,
      body: { state: 'enabled', replay_job_id: expect.any(String), version: 3 },
    });
    expect(on.body).not.toHaveProperty('disabled_at');
    expect(backend.bodiesIn('replay').join()).toContain(on.body.replay_job_id);
    const again = await enable();
    expect(again).toMatchObject({ status: 200, body: { state: 'enabled', version: 3 } });
    expect(again.body).not.toHaveProperty('replay_job_id');
    expect(await enable({ replay: 'yes' })).toMatchObject({ status: 400 });
  });
});

describe('DELETE /api/v1/endpoints/{id}', () => {
  it('204 without a body, then 404 for everything, and no notification may name it', async () => {
    const { id } = (await create()).body;
    expect(await invoke(handlers.remove, { method: 'DELETE', ...at(id) })).toMatchObject({ status: 204, body: null });
    const named = { notification_type: 'custom', entity_id: 'e', send_at: new Date().toISOString(), endpoint_id: id };
    expect(await invoke(createNotification, { path: '/api/v1/notifications/', ...send(named) })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/endpoint_id', detail: 'must name an endpoint that exists' }] },
    });
    expect(await get(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe.each([UNKNOWN_ID, 'ntf_1', 'end_short'])('a route of an endpoint, for the id %s', (id) => {
  const bodies: Partial<Record<(typeof NAMES)[number], unknown>> = { patch: { rate_limit: 1 } };
  it.each(NAMES.filter((name) => name !== 'create' && name !== 'list'))('%s answers 404', async (name) => {
    const body = bodies[name];
    const request = { ...at(id), ...(body !== undefined && send(body)) };
    expect(await invoke(handlers[name], request)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});
