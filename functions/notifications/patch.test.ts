/** PATCH of a notification as Lambda calls it; what clients see of it is in infra/verify/conformance. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/notifications/';
const DAY_MS = 86_400_000;
let backend: Backend;
let handlers: Record<'create' | 'get' | 'patch' | 'endpoint', HttpHandler>;

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    create: (await import('./create.ts')).handler,
    get: (await import('./get.ts')).handler,
    patch: (await import('./patch.ts')).handler,
    endpoint: (await import('../endpoints/create.ts')).handler,
  };
});
afterAll(() => backend.stop());

const create = async (changes: object = {}) => {
  const input = {
    ...{ notification_type: 'user.signup', entity_id: 'user-123', email: 'user@example.com' },
    ...{ send_at: new Date(Date.now() + DAY_MS).toISOString(), ...changes },
  };
  const { status, body } = await invoke(handlers.create, { path: base, body: JSON.stringify(input) });
  expect(status).toBe(201);
  return body as { id: string; send_at: string };
};
const patch = (id: string, body: unknown, contentType = 'application/json', headers: Record<string, string> = {}) =>
  invoke(handlers.patch, {
    ...{ method: 'PATCH', path: `${base}${id}`, params: { id } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': contentType, ...headers },
  });
const read = async (id: string) =>
  (await invoke(handlers.get, { method: 'GET', path: `${base}${id}`, params: { id } })).text;

describe('PATCH /api/v1/notifications/{id}', () => {
  it.each(['application/json', 'application/merge-patch+json', 'application/merge-patch+json; charset=utf-8'])(
    '200 for %s, with the version as ETag, and no message for any timer',
    async (contentType) => {
      const { id } = await create();
      const [delivery, schedule] = [backend.bodiesIn('delivery').length, backend.bodiesIn('schedule').length];
      const { status, body, headers } = await patch(id, { subject: 'New', phone: '9999912345' }, contentType);
      expect([status, headers.etag]).toEqual([200, '"2"']);
      expect(body).toMatchObject({ subject: 'New', phone: '+919999912345', channels: { sms: { state: 'pending' } } });
      expect([backend.bodiesIn('delivery').length, backend.bodiesIn('schedule').length]).toEqual([delivery, schedule]);
    },
  );

  it.each(['application/json-patch+json', 'text/plain'])('415 for %s, with what is taken', async (contentType) => {
    const { id } = await create();
    const { status, body } = await patch(id, [{ op: 'remove', path: '/subject' }], contentType);
    expect(status).toBe(415);
    expect(body.detail).toContain('application/json or application/merge-patch+json');
  });

  it('merges data in the table digit by digit', async () => {
    const { id } = await create({ data: { order: { id: 7, gone: true }, kept: [1] } });
    const change = '{"data":{"order":{"id":9007199254740993,"gone":null},"rate":0.1234567890123456789}}';
    expect((await patch(id, change)).status).toBe(200);
    expect(await read(id)).toContain(
      '"data":{"order":{"id":9007199254740993},"kept":[1],"rate":0.1234567890123456789}',
    );
  });

  it('200 for an endpoint that exists in place of a URL', async () => {
    const { id } = await create({ webhook_url: 'https://example.com/a' });
    const made = await invoke(handlers.endpoint, { path: '/x', body: '{"url":"https://example.com/b"}' });
    const { status, body } = await patch(id, { endpoint_id: made.body.id });
    expect([status, body.endpoint_id, body.webhook_url]).toEqual([200, made.body.id, undefined]);
  });

  it('200 CANCELED where its new time has passed and it asked to be skipped; then 409', async () => {
    const target_date = new Date(Date.now() + 10 * DAY_MS).toISOString();
    const { id } = await create({ send_at: undefined, target_date, if_past: 'skip' });
    const skipped = await patch(id, { lead_time_days: 30 });
    expect(skipped).toMatchObject({ status: 200, body: { status: 'CANCELED', status_reason: 'past', version: 2 } });
    expect(await patch(id, { lead_time_days: 1 })).toMatchObject({ status: 409, body: { code: 'already-ended' } });
  });

  it('412 for another version, and 413 for what is too large once merged, with nothing written', async () => {
    const { id } = await create({ data: { a: 'x'.repeat(150_000) } });
    const before = await read(id);
    expect((await patch(id, { subject: 'S' }, 'application/json', { 'if-match': '"7"' })).status).toBe(412);
    expect((await patch(id, { data: { b: 'x'.repeat(150_000) } })).status).toBe(413);
    expect(await read(id)).toBe(before);
  });
});
