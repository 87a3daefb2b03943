import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/keys';
let backend: Backend;
let handlers: Record<'create' | 'list' | 'get' | 'rotate' | 'revoke', HttpHandler>;

beforeAll(async () => {
  backend = await startBackend({ RATE_LIMIT: '1000' });
  handlers = {
    create: (await import('./create.ts')).handler,
    list: (await import('./list.ts')).handler,
    get: (await import('./get.ts')).handler,
    rotate: (await import('./rotate.ts')).handler,
    revoke: (await import('./revoke.ts')).handler,
  };
});
afterAll(() => backend.stop());
afterEach(() => vi.restoreAllMocks());

const NONE = `key_${'0'.repeat(26)}`;
const create = (body: unknown) => invoke(handlers.create, { path: `${base}/`, body: JSON.stringify(body) });
const list = (query = '') => invoke(handlers.list, { method: 'GET', path: base, query });
const get = (id: string) => invoke(handlers.get, { method: 'GET', path: `${base}/${id}`, params: { id } });
const rotate = (id: string, body?: unknown) =>
  invoke(handlers.rotate, {
    path: `${base}/${id}/rotate`,
    params: { id },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const revoke = (id: string) => invoke(handlers.revoke, { method: 'DELETE', path: `${base}/${id}`, params: { id } });
const good = { name: 'billing', scopes: ['events:write'] };

describe('POST /api/v1/keys/', () => {
  it('201 with the token, in this answer alone', async () => {
    const expires_at = new Date(Date.now() + 86_400_000).toISOString();
    const made = await create({ ...good, expires_at, rate_limit: 5 });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `http://localhost${base}/${made.body.id}` },
      body: { ...good, tenant: 'default', expires_at, rate_limit: 5 },
    });
    const { token, ...rest } = made.body;
    expect(token).toMatch(new RegExp(`^ens_${made.body.id.slice(4)}_[\\w-]{43}$`));
    expect((await get(made.body.id)).body).toEqual(rest);
    expect((await list()).body).toEqual([rest]);
  });

  it.each([
    [{ scopes: ['admin'] }, '/name', 'is required'],
    [{ ...good, name: ' ' }, '/name', 'must not be empty'],
    [{ ...good, scopes: [] }, '/scopes', 'must not be empty'],
    [{ ...good, scopes: ['admin', 'root'] }, '/scopes/1', 'must be one of'],
    [{ ...good, scopes: ['admin', 'admin'] }, '/scopes', 'must not repeat itself'],
    [{ ...good, expires_at: 'soon' }, '/expires_at', 'must be an RFC 3339 time'],
    [{ ...good, expires_at: '2020-01-01' }, '/expires_at', 'must be ahead'],
    [{ ...good, expires_at: '2099-01-01' }, '/expires_at', 'must be ahead, by 10 years at most'],
    [{ ...good, rate_limit: 1_001 }, '/rate_limit', 'must be at most 1000'],
    [{ ...good, rate_limit: 0 }, '/rate_limit', 'must be at least 1'],
    [{ ...good, tenant: 'another' }, '/tenant', 'is not known'],
  ])('answers 400 for the body %j', async (body, pointer, detail) => {
    expect(await create(body)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer, detail: expect.stringContaining(detail) }] },
    });
  });
});

describe('POST /api/v1/keys/{id}/rotate', () => {
  it('200 with another token; with and without a body', async () => {
    const { body: made } = await create(good);
    const first = await rotate(made.id);
    const second = await rotate(made.id, { overlap_seconds: 0 });
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.body).toMatchObject({ id: made.id, rotated_at: expect.any(String) });
    const day = Date.parse(first.body.rotated_at) + 86_400_000;
    expect(first.body.rotation_ends_at).toBe(new Date(day).toISOString());
    expect(second.body).not.toHaveProperty('rotation_ends_at');
    expect(new Set([made.token, first.body.token, second.body.token]).size).toBe(3);
  });

  it.each([-1, 1.5, 2_592_001, '1'])('answers 400 for an overlap of %j', async (overlap_seconds) => {
    const answer = await rotate(NONE, { overlap_seconds });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/overlap_seconds' }] } });
  });

  it('answers 409 once it is revoked', async () => {
    const { body: made } = await create(good);
    await revoke(made.id);
    expect(await rotate(made.id)).toMatchObject({ status: 409, body: { code: 'key-not-active' } });
  });
});

describe('DELETE /api/v1/keys/{id}', () => {
  it('200, the same again, and it stays listed', async () => {
    const { body: made } = await create(good);
    const first = await revoke(made.id);
    expect(first).toMatchObject({ status: 200, body: { id: made.id, revoked_at: expect.any(String) } });
    expect((await revoke(made.id)).body).toEqual(first.body);
    expect((await list()).body).toContainEqual(first.body);
  });

  it('200 for all who revoke it at once, with one time', async () => {
    const { body: made } = await create(good);
    const answers = await Promise.all(Array.from({ length: 4 }, () => revoke(made.id)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.revoked_at}`)).size).toBe(1);
  });
});

it.each(['key_1', NONE, `ntf_${'0'.repeat(26)}`])('the routes of a key answer 404 for %s', async (id) => {
  for (const call of [get, rotate, revoke])
    expect(await call(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
});

it('GET /api/v1/keys/ pages, and 400 for a cursor that is not its own', async () => {
  const first = await list('limit=1');
  const [, next = ''] = /<[^?]*\?([^>]*)>; rel="next"/.exec(first.headers.link ?? '') ?? [];
  const second = await list(next);
  expect([first.body.length, second.body.length]).toEqual([1, 1]);
  expect(first.body[0].id).not.toBe(second.body[0].id);
  expect(await list('cursor=abc')).toMatchObject({ status: 400, body: { code: 'invalid-cursor' } });
});
