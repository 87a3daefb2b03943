/**
 * Every handler that takes a URL refuses each form of an address that is not public, naming the
 * field, and writes nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, invoke, startBackend } from '../../../functions/handlers.testing.ts';
import { METADATA, SPECIAL } from '../../../lib/channels/http-client/ssrf.testing.ts';
import type { HttpHandler } from '../../../lib/http/types.ts';

let backend: Backend;
const handlers: Record<string, HttpHandler> = {};
beforeAll(async () => {
  backend = await startBackend({ WEBHOOK_ALLOW_HTTP: 'true', WEBHOOK_ALLOW_PRIVATE: 'false' });
  handlers.notify = (await import('../../../functions/notifications/create.ts')).handler;
  handlers.notifications = (await import('../../../functions/notifications/list.ts')).handler;
  handlers.endpoint = (await import('../../../functions/endpoints/create.ts')).handler;
  handlers.endpoints = (await import('../../../functions/endpoints/list.ts')).handler;
  handlers.change = (await import('../../../functions/endpoints/patch.ts')).handler;
});
afterAll(() => backend.stop());

const handler = (name: string): HttpHandler => {
  const found = handlers[name];
  if (!found) throw new Error(`There is no handler ${name}`);
  return found;
};

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
const urls = [
  ...[...Object.values(SPECIAL), ...Object.values(METADATA)].flat().map((address) => `http://${bracketed(address)}/`),
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://%31%32%37.0.0.1/',
  'http://localhost../',
  'http://metadata.google.internal/',
  'http://user:pass@example.com/',
  'http://example.com:25/',
  'http://[::1%25lo]/',
];

const POST = { method: 'POST', headers: { 'content-type': 'application/json' } };

const refused = (field: string) => ({
  status: 400,
  body: { code: 'validation-failed', errors: [{ pointer: `/${field}`, detail: expect.stringMatching(/^must /) }] },
});

describe('a URL that is not public is a 400 that names it', () => {
  it('as webhook_url of a notification', async () => {
    const given = { notification_type: 'user.signup', entity_id: 'e', send_at: new Date().toISOString() };
    for (const webhook_url of urls) {
      const body = JSON.stringify({ ...given, webhook_url });
      expect(
        await invoke(handler('notify'), { ...POST, path: '/api/v1/notifications', body }),
        webhook_url,
      ).toMatchObject(refused('webhook_url'));
    }
    const list = await invoke(handler('notifications'), { method: 'GET', path: '/api/v1/notifications' });
    expect(list).toMatchObject({ status: 200, body: [] });
  });

  it('as url of an endpoint, new or changed', async () => {
    const path = '/api/v1/endpoints';
    for (const url of urls) {
      const body = JSON.stringify({ url });
      expect(await invoke(handler('endpoint'), { ...POST, path, body }), url).toMatchObject(refused('url'));
    }
    expect(await invoke(handler('endpoints'), { method: 'GET', path })).toMatchObject({ status: 200, body: [] });
    const made = await invoke(handler('endpoint'), {
      ...POST,
      path,
      body: JSON.stringify({ url: 'http://hooks.example.com/' }),
    });
    expect(made.status).toBe(201);
    const { id } = made.body as { id: string };
    for (const url of urls) {
      const change = { ...POST, method: 'PATCH', path: `${path}/${id}`, params: { id }, body: JSON.stringify({ url }) };
      expect(await invoke(handler('change'), change), url).toMatchObject(refused('url'));
    }
    const kept = await invoke(handler('endpoints'), { method: 'GET', path });
    expect(kept.body).toMatchObject([{ id, url: 'http://hooks.example.com/' }]);
  });
});
