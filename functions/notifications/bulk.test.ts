import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import type { QueueHandler } from '../../lib/queue/pipeline.ts';
import { type Backend, invoke, invokeWorker, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/notifications';
const json = { 'content-type': 'application/json' };
let backend: Backend;
let handlers: Record<'create' | 'publish' | 'event' | 'cancel' | 'reschedule' | 'get' | 'job' | 'results', HttpHandler>;
let process: QueueHandler;

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    create: (await import('./create.ts')).handler,
    publish: (await import('../events/publish.ts')).handler,
    event: (await import('../events/get.ts')).handler,
    cancel: (await import('./bulk-cancel.ts')).handler,
    reschedule: (await import('./bulk-reschedule.ts')).handler,
    get: (await import('./get.ts')).handler,
    job: (await import('../jobs/get.ts')).handler,
    results: (await import('../jobs/results.ts')).handler,
  };
  process = (await import('../events/process.ts')).handler;
});
afterAll(() => backend.stop());

const send = (to: HttpHandler, path: string, body: unknown, headers: Record<string, string> = {}) =>
  invoke(to, { path, body: JSON.stringify(body), headers: { ...json, ...headers } });
const bulk = (verb: 'cancel' | 'reschedule', body: unknown, headers: Record<string, string> = {}) =>
  send(handlers[verb], `${base}/${verb}`, body, headers);
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const create = async (changes: Record<string, unknown>): Promise<string> => {
  const input = { notification_type: 'user.signup', entity_id: 'user-1', email: 'a@example.com' };
  const { status, body } = await send(handlers.create, `${base}/`, { ...input, send_at: later(3_600_000), ...changes });
  expect(status).toBe(201);
  return body.id;
};
const read = async (id: string) =>
  (await invoke(handlers.get, { method: 'GET', path: `${base}/${id}`, params: { id } })).body;
const results = (id: string, query = '') =>
  invoke(handlers.results, { method: 'GET', path: `/api/v1/jobs/${id}/results`, params: { job_id: id }, query });

describe('POST /api/v1/notifications/cancel', () => {
  it('202: cancels a group at once, says what became of each, page by page, and sends its job on', async () => {
    const ids = [await create({ group: 'order-1' }), await create({ group: 'order-1' })];
    const other = await create({ group: 'order-2' });
    const { status, headers, body } = await bulk('cancel', { group: 'order-1' }, { 'idempotency-key': 'one' });
    expect(status).toBe(202);
    expect(body).toEqual({
      ...{ job_id: expect.stringMatching(/^blk_/), kind: 'cancel', status: 'RUNNING' },
      ...{ matched: 2, changed: 2, too_late: 0, not_applicable: 0, failed: 0 },
      ...{ as_of: expect.any(String), created_at: expect.any(String), started_at: expect.any(String) },
    });
    expect(headers.location).toMatch(new RegExp(`/api/v1/jobs/${body.job_id}$`));
    for (const id of ids) expect(await read(id)).toMatchObject({ status: 'CANCELED', status_reason: 'bulk' });
    expect((await read(other)).status).toBe('PENDING');
    const first = await results(body.job_id, 'limit=1');
    expect(first.body).toEqual([{ id: expect.stringMatching(/^ntf_/), outcome: 'changed', status: 'CANCELED' }]);
    const [, next = ''] = /<[^?]*\?([^>]*)>; rel="next"/.exec(first.headers.link ?? '') ?? [];
    const second = await results(body.job_id, next);
    expect([first.body[0].id, second.body[0].id].sort()).toEqual(ids.sort());
    expect(second.headers).not.toHaveProperty('link');
    expect(backend.bodiesIn('replay').some((text) => text.includes(body.job_id))).toBe(true);

    const again = await bulk('cancel', { group: 'order-1' }, { 'idempotency-key': 'one' });
    expect([again.status, again.body.job_id]).toEqual([202, body.job_id]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect((await bulk('cancel', { group: 'order-2' }, { 'idempotency-key': 'one' })).status).toBe(422);
  });

  it('200 with dry_run: how many, and nothing changes', async () => {
    const id = await create({ entity_id: 'dry' });
    const { status, body } = await bulk('cancel', { entity_id: 'dry', dry_run: true });
    expect([status, body]).toEqual([200, { matched: 1, as_of: expect.any(String), complete: true }]);
    expect((await read(id)).status).toBe('PENDING');
  });

  it('covers what an event that was accepted before causes later', async () => {
    const payload = { user_id: 'fenced', email: 'a@example.com' };
    const { body: event } = await send(handlers.publish, '/api/v1/events/', { type: 'user.signup', payload });
    await bulk('cancel', { entity_id: 'fenced' });
    await invokeWorker(process, 'events', [{ kind: 'process', id: event.id }]);
    const at = { method: 'GET', path: `/api/v1/events/${event.id}`, params: { id: event.id } };
    const { notifications } = (await invoke(handlers.event, at)).body;
    expect(await read(notifications[0])).toMatchObject({ status: 'CANCELED', status_reason: 'bulk' });
  });
});

describe('POST /api/v1/notifications/reschedule', () => {
  it('202: moves what is open, and is DONE', async () => {
    const id = await create({ entity_id: 'moved' });
    const send_at = later(7_200_000);
    const { status, body } = await bulk('reschedule', { entity_id: 'moved', send_at, if_past: 'send' });
    expect([status, body]).toMatchObject([202, { kind: 'reschedule', status: 'DONE', matched: 1, changed: 1 }]);
    expect((await read(id)).send_at).toBe(send_at);
    const job = await invoke(handlers.job, { method: 'GET', path: '/x', params: { job_id: body.job_id } });
    expect(job.body).toEqual(body);
  });
});

describe('what is refused, with nothing written', () => {
  it.each<['cancel' | 'reschedule', unknown, string, RegExp]>([
    ['cancel', {}, '/entity_id', /^is required, or group is/],
    ['cancel', { notification_type: 'custom' }, '/entity_id', /^is required/],
    ['cancel', { entity_id: '' }, '/entity_id', /^must not be empty/],
    [
      'cancel',
      { group: 'a', due_after: '2027-01-02', due_before: '2027-01-02' },
      '/due_before',
      /^must be after due_after/,
    ],
    ['cancel', { group: 'a', status: 'open' }, '/status', /^is not known/],
    ['reschedule', { group: 'a', send_at: later(60_000) }, '/if_past', /^is required/],
    ['reschedule', { group: 'a', if_past: 'send' }, '/target_date', /^is required, or one of/],
    ['reschedule', { group: 'a', if_past: 'send', send_at: later(60_000), timezone: 'Berlin' }, '/timezone', /IANA/],
    ['reschedule', { group: 'a', if_past: 'send', send_at: later(-600_000) }, '/send_at', /5 minutes in the past/],
    ['reschedule', { group: 'a', if_past: 'send', send_at: 'x', target_date: 'x' }, '/send_at', /together with/],
  ])('%s %j: %s', async (verb, body, pointer, detail) => {
    const { status, body: problem } = await bulk(verb, body);
    expect(status).toBe(400);
    expect(problem.errors).toContainEqual({ pointer, detail: expect.stringMatching(detail) });
  });

  it('404: results of what is no bulk command', async () => {
    expect((await results('job_none')).status).toBe(404);
    expect((await results('blk_none')).status).toBe(404);
  });
});
