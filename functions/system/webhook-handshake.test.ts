/** CloudEvents' HTTP webhooks, 4: a producer asks by OPTIONS whether it may send. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

let backend: Backend;
let notFound: HttpHandler;

beforeAll(async () => {
  backend = await startBackend({ AUTH_MODE: 'api-key', RATE_LIMIT: '100' });
  notFound = (await import('./not-found.ts')).handler;
});
afterAll(() => backend.stop());

const origin = { 'webhook-request-origin': 'eventemitter.example.com', 'webhook-request-rate': '120' };
const options = (path: string, headers: Record<string, string> = origin) =>
  invoke(notFound, { method: 'OPTIONS', path, template: '$default', headers });

describe('OPTIONS with WebHook-Request-Origin', () => {
  it.each(['/api/v1/events', '/api/v1/events/'])('is granted at %s, with the rate a minute', async (path) => {
    expect(await options(path)).toMatchObject({
      status: 200,
      headers: {
        'webhook-allowed-origin': '*',
        'webhook-allowed-rate': '6000',
        allow: 'POST, GET, HEAD, OPTIONS',
      },
    });
  });

  it.each(['/api/v1/notifications', '/api/v1/events/evt_1', '/health'])('is not granted at %s', async (path) => {
    const { status, headers } = await options(path);
    expect([status, headers['webhook-allowed-origin']]).toEqual([204, undefined]);
  });
});

it('OPTIONS without it is answered with Allow alone', async () => {
  const { status, headers } = await options('/api/v1/events', {});
  expect([status, headers['webhook-allowed-origin']]).toEqual([204, undefined]);
});
