/**
 * A refusal names all that is wrong: what breaks the schema and what breaks a rule beyond it, each
 * member once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../lib/http/types.ts';
import { type Backend, invoke, startBackend } from './handlers.testing.ts';

type Name = 'events' | 'notifications' | 'endpoints' | 'redrive' | 'keys' | 'erasure' | 'edit' | 'patch';
let backend: Backend;
let handlers: Record<Name, HttpHandler>;

beforeAll(async () => {
  backend = await startBackend({ RATE_LIMIT: '1000' });
  handlers = {
    events: (await import('./events/publish.ts')).handler,
    notifications: (await import('./notifications/create.ts')).handler,
    endpoints: (await import('./endpoints/create.ts')).handler,
    redrive: (await import('./dead-letters/redrive.ts')).handler,
    keys: (await import('./keys/create.ts')).handler,
    erasure: (await import('./erasure/create.ts')).handler,
    edit: (await import('./notifications/patch.ts')).handler,
    patch: (await import('./endpoints/patch.ts')).handler,
  };
});
afterAll(() => backend.stop());

const params: Partial<Record<Name, { id: string }>> = {
  edit: { id: `ntf_${'0'.repeat(26)}` },
  patch: { id: `end_${'0'.repeat(26)}` },
};

const pointersOf = async (name: Name, body: unknown, headers: Record<string, string> = {}): Promise<string[]> => {
  const at = params[name];
  const { status, body: problem } = await invoke(handlers[name], {
    path: '/x',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    ...(at && { params: at }),
  });
  expect(status).toBe(400);
  return problem.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
};

const notification = { notification_type: 'user.signup', entity_id: 'x' };
const now = '2020-01-01T00:00:00Z';

it.each<[Name, unknown, string[]]>([
  [
    'notifications',
    { ...notification, send_at: '2099-01-01', timezone: 'Berlin', email: 'a' },
    ['/email', '/timezone'],
  ],
  [
    'notifications',
    { ...notification, send_at: now, phone: 5, webhook_url: 'x' },
    ['/phone', '/send_at', '/webhook_url'],
  ],
  ['notifications', { ...notification, send_at: now, webhook_url: 'x' }, ['/send_at', '/webhook_url']],
  ['notifications', { ...notification, target_date: 5, email: null }, ['/email', '/target_date']],
  ['notifications', { ...notification, send_at: 5, lead_time_days: 1.5 }, ['/email', '/lead_time_days', '/send_at']],
  ['notifications', { entity_id: 'x' }, ['/email', '/notification_type', '/target_date']],
  [
    'notifications',
    { notification_type: 'custom', entity_id: 'x', send_at: '2099-01-01', email: 'a', subject: '{{name}}' },
    ['/body', '/email', '/send_at', '/subject'],
  ],
  ['notifications', [], ['']],
  ['edit', { timezone: 'Berlin', lead_time_days: 'x' }, ['/lead_time_days', '/timezone']],
  ['edit', { extra: 1 }, ['', '/extra']],
  ['edit', { notification_type: 'custom', entity_id: 'x', body: null }, ['/entity_id', '/notification_type']],
  ['edit', { phone: '12', subject: 5, email: null, timezone: null, data: [] }, ['/data', '/phone', '/subject']],
  ['edit', { if_past: 'later', webhook_url: 'x', endpoint_id: 'y' }, ['/endpoint_id', '/if_past', '/webhook_url']],
  ['edit', { extra: 1, target_date: 'x', send_at: 'y' }, ['/extra', '/send_at', '/target_date']],
  ['endpoints', { url: 'ftp://a.example/', rate_limit: 0 }, ['/rate_limit', '/url']],
  ['endpoints', { url: 'nothing', headers: { a: 1, Host: 'b' } }, ['/headers/Host', '/headers/a', '/url']],
  ['patch', { url: 'ftp://a.example/', description: '' }, ['/description', '/url']],
  ['patch', { extra: 1 }, ['', '/extra']],
  ['redrive', { kind: 'x', since: '2026-01-02', until: '2026-01-01' }, ['/kind', '/until']],
  ['redrive', { kind: 'x', since: 'a', until: 'b' }, ['/kind', '/since', '/until']],
  [
    'keys',
    { name: '', scopes: [], expires_at: now, rate_limit: 1_001 },
    ['/expires_at', '/name', '/rate_limit', '/scopes'],
  ],
  ['keys', { name: 'a', scopes: ['admin'], expires_at: now, rate_limit: 1_001 }, ['/expires_at', '/rate_limit']],
  ['erasure', { phone: '12', extra: 1 }, ['/extra', '/phone']],
  ['erasure', { email: 'x', entity_id: 5 }, ['', '/email', '/entity_id']],
  ['events', { type: 'a b', payload: {}, time: 'x', extra: 1 }, ['/extra', '/time', '/type']],
])('the 400 of a POST to %s names everything that is wrong in %j: %j', async (name, body, pointers) => {
  expect(await pointersOf(name, body)).toEqual(pointers);
});

describe('an Idempotency-Key that cannot be kept', () => {
  const key = { 'idempotency-key': 'x'.repeat(256) };

  it.each<[Name, unknown]>([
    ['events', { type: 'a.b', payload: {} }],
    ['events', { type: 'a.b', payload: {}, id: '1' }],
    ['notifications', { ...notification, target_date: new Date(Date.now() + 86_400_000), email: 'a@b.co' }],
    ['endpoints', { url: 'https://a.example/' }],
    ['redrive', {}],
    ['keys', { name: 'a', scopes: ['admin'] }],
    ['erasure', { entity_id: 'x' }],
  ])('is refused by %s %j', async (name, body) => {
    expect(await pointersOf(name, body, key)).toEqual(['/header/idempotency-key']);
  });

  it.each<[Name, unknown, string[]]>([
    ['events', { type: 'a b', payload: {} }, ['/header/idempotency-key', '/type']],
    ['erasure', { phone: '12' }, ['/header/idempotency-key', '/phone']],
  ])('is named along with the rest: %s %j', async (name, body, pointers) => {
    expect(await pointersOf(name, body, key)).toEqual(pointers);
  });
});
