import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const NAMES = ['create', 'get', 'list', 'patch', 'preview', 'remove'] as const;
const base = '/api/v1/schedules';
let backend: Backend;
let handlers: Record<(typeof NAMES)[number] | 'notification', HttpHandler>;

beforeAll(async () => {
  backend = await startBackend({ SCHEDULES_MAX: '20' });
  const loaded = NAMES.map(async (name) => [name, (await import(new URL(`${name}.ts`, import.meta.url).href)).handler]);
  const notification = (await import('../notifications/get.ts')).handler;
  handlers = { ...Object.fromEntries(await Promise.all(loaded)), notification };
});
afterAll(() => backend.stop());

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
});
const notification = { notification_type: 'custom', entity_id: 'team-7', email: 'team@example.com', body: 'Report' };
const input = { cron: '0 9 * * mon-fri', timezone: 'Europe/Berlin', notification };
const create = (changes: object = {}, headers = {}) =>
  invoke(handlers.create, { path: `${base}/`, ...json({ ...input, ...changes }, headers) });
const at = (id: string) => ({ path: `${base}/${id}`, params: { id } });
const get = (id: string) => invoke(handlers.get, { method: 'GET', ...at(id) });
const patch = (id: string, body: unknown, headers = {}) =>
  invoke(handlers.patch, { method: 'PATCH', ...at(id), ...json(body, headers) });
const remove = (id: string) => invoke(handlers.remove, { method: 'DELETE', ...at(id) });
const occurrence = async (id: string) =>
  (await invoke(handlers.notification, { method: 'GET', path: `/api/v1/notifications/${id}`, params: { id } })).body;

describe('POST /api/v1/schedules/', () => {
  it('201 with Location, ETag, the next 5 occurrences, and the first one planned', async () => {
    const { status, headers, body } = await create();
    expect([status, headers.location, headers.etag]).toEqual([201, `http://localhost${base}/${body.id}`, '"1"']);
    expect(body).toMatchObject({
      ...{ id: expect.stringMatching(/^sch_[0-9a-z]{26}$/), state: 'active', paused: false, made: 1, version: 1 },
      ...input,
      planned: { at: body.next_occurrences[0] },
    });
    expect(body.next_occurrences).toHaveLength(5);
    for (const time of body.next_occurrences) expect(new Date(time).getUTCDay() % 6).toBeGreaterThan(0);
    expect(await occurrence(body.planned.id)).toMatchObject({
      ...{ schedule_id: body.id, send_at: body.planned.at, timezone: 'Europe/Berlin', body: 'Report' },
    });
    expect((await get(body.id)).body).toEqual(body);
  });

  it('201 again for the same key and body; 422 for another body', async () => {
    const first = await create({}, { 'idempotency-key': 'k' });
    const again = await create({}, { 'idempotency-key': 'k' });
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([201, 'true', first.body]);
    expect(await create({ count: 1 }, { 'idempotency-key': 'k' })).toMatchObject({ status: 422 });
  });

  it.each([
    [{ cron: '0 0 30 2 *' }, ['/cron']],
    [{ cron: '* * * * *' }, ['/cron']],
    [{ cron: '0 0 9 * * *' }, ['/cron']],
    [{ cron: undefined }, ['/cron']],
    [{ cron: 'x'.repeat(5_000) }, ['/cron']],
    [{ timezone: 'Berlin' }, ['/timezone']],
    [{ start: 'soon' }, ['/start']],
    [{ end: '2020-01-01' }, ['/end']],
    [{ count: 0 }, ['/count']],
    [{ misfire: 'all' }, ['/misfire']],
    [{ paused: true }, ['/paused']],
    [{ notification: undefined }, ['/notification']],
    [{ notification: { ...notification, send_at: '2030-01-01' } }, ['/notification/send_at']],
    [{ notification: { ...notification, timezone: 'UTC' } }, ['/notification/timezone']],
    [{ notification: { ...notification, if_past: 'skip' } }, ['/notification/if_past']],
    [{ notification: { ...notification, email: 'no-address' } }, ['/notification/email']],
    [{ cron: 'x', notification: { ...notification, phone: '1' } }, ['/cron', '/notification/phone']],
  ])('400 for %j', async (changes, pointers) => {
    const { status, body } = await create(changes);
    expect([status, body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted()]).toEqual([
      400,
      pointers,
    ]);
  });
});

describe('GET /api/v1/schedules/', () => {
  it('200: an array, newest first, page by page through Link', async () => {
    const made = [(await create()).body.id, (await create()).body.id];
    const list = (query: string) => invoke(handlers.list, { method: 'GET', path: `${base}/`, query });
    const first = await list('limit=1');
    const [, next = ''] = /<[^?]*\?([^>]*)>; rel="next"/.exec(first.headers.link ?? '') ?? [];
    const second = await list(next);
    expect([...first.body, ...second.body].map(({ id }) => id).toSorted()).toEqual(made.toSorted());
    expect(await list('state=active')).toMatchObject({ status: 400 });
  });
});

describe('PATCH /api/v1/schedules/{id}', () => {
  it('200 with what was given changed, by JSON and as a merge patch; 412 for a stale If-Match', async () => {
    const { id, planned } = (await create({ count: 5 })).body;
    const changed = await patch(id, { count: null, notification: { body: 'New' } }, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.etag, changed.body.count]).toEqual([200, '"2"', undefined]);
    expect(changed.body.pending).toEqual({ id: planned.id, outcome: 'changed' });
    expect(await occurrence(planned.id)).toMatchObject({ body: 'New', version: 2 });
    expect(await patch(id, { count: 7 }, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    const merge = { 'content-type': 'application/merge-patch+json' };
    const paused = await patch(id, { paused: true }, merge);
    expect(paused.body).toMatchObject({ state: 'paused', paused: true, next_occurrences: [] });
    expect((await patch(id, { paused: true })).body).toEqual(paused.body);
    expect((await patch(id, { paused: false })).body).toMatchObject({ state: 'active', made: 2, version: 4 });
  });

  it.each([
    [{}, ['']],
    [{ cron: null }, ['/cron']],
    [{ id: 'sch_1', count: 1 }, ['/id']],
    [{ notification: null }, ['/notification']],
    [{ notification: { entity_id: 'other' } }, ['/notification/entity_id']],
    [{ notification: { notification_type: 'other' } }, ['/notification/notification_type']],
    [{ notification: { body: null } }, ['/notification/body']],
    [{ notification: { email: null } }, ['/notification/email']],
    [{ cron: '0 0 30 2 *', timezone: 'nowhere' }, ['/timezone']],
  ])('400 for %j', async (body, pointers) => {
    const { id } = (await create({}, { 'idempotency-key': 'patched' })).body;
    const answer = await patch(id, body);
    expect([answer.status, answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      ...[400, pointers],
    ]);
  });
});

describe('DELETE /api/v1/schedules/{id}', () => {
  it('200 with what became of the planned occurrence, again too; then 404 for the rest', async () => {
    const { id, planned } = (await create()).body;
    const removed = await remove(id);
    expect(removed).toMatchObject({
      ...{ status: 200, body: { id, state: 'deleted', pending: { id: planned.id, outcome: 'canceled' } } },
    });
    expect(removed.body).not.toHaveProperty('notification');
    expect((await remove(id)).body).toEqual(removed.body);
    expect((await occurrence(planned.id)).status).toBe('CANCELED');
    expect((await get(id)).status).toBe(404);
    expect((await patch(id, { count: 1 })).status).toBe(404);
  });
});

describe('POST /api/v1/schedules/preview', () => {
  const preview = (body: unknown) => invoke(handlers.preview, { path: `${base}/preview`, ...json(body) });

  it('200 with the next occurrences, as many as there are', async () => {
    const { status, body } = await preview({ cron: '0 0 29 2 *', count: 2 });
    expect([status, body.next_occurrences.length]).toEqual([200, 2]);
    for (const time of body.next_occurrences) expect(time).toMatch(/-02-29T00:00:00.000Z$/);
  });

  it.each([
    [{ cron: '0 0 30 2 *' }, '/cron'],
    [{ cron: '* * * * *' }, '/cron'],
    [{ cron: '0 9 * * *', notification }, '/notification'],
  ])('400 for %j', async (body, pointer) => {
    expect(await preview(body)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });
});

it('409 at the cap of the tenant', async () => {
  for (let n = 0; n < 20; n += 1) await create();
  expect(await create()).toMatchObject({ status: 409, body: { code: 'limit-reached' } });
});

describe.each([`sch_${'0'.repeat(26)}`, 'ntf_1', 'sch_short'])('404 for %s', (id) => {
  it('by GET, PATCH and DELETE', async () => {
    for (const answer of [await get(id), await patch(id, { paused: true }), await remove(id)])
      expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});
