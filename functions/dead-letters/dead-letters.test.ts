import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notificationMapping } from '../../lib/aws/items/notification-item.ts';
import type { HttpHandler } from '../../lib/http/types.ts';
import type { QueueHandler } from '../../lib/queue/pipeline.ts';
import { failedNotification } from '../../lib/testing/dead-letters.ts';
import { type Backend, invoke, invokeWorker, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/dead-letters';
let backend: Backend;
let handlers: Record<'list' | 'redrive' | 'status', HttpHandler>;
let workers: Record<'record' | 'replay', QueueHandler>;

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    list: (await import('./list.ts')).handler,
    redrive: (await import('./redrive.ts')).handler,
    status: (await import('./redrive-status.ts')).handler,
  };
  workers = { record: (await import('./record.ts')).handler, replay: (await import('./replay.ts')).handler };
});
afterAll(() => backend.stop());

const list = (query = '') => invoke(handlers.list, { method: 'GET', path: `${base}/`, query });
const redrive = (body: unknown, headers: Record<string, string> = {}) =>
  invoke(handlers.redrive, {
    path: `${base}/redrive`,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const status = (id: string) =>
  invoke(handlers.status, { method: 'GET', path: `${base}/redrive/${id}`, params: { job_id: id } });

describe('GET /api/v1/dead-letters/', () => {
  it('200: an array, newest first, page by page through Link', async () => {
    const now = Date.now();
    for (const n of [1, 2, 3]) {
      await backend.dynamo.table.create(failedNotification(`ntf_${n}`, now - n * 1_000), notificationMapping);
    }
    const first = await list('kind=delivery&limit=2');
    expect(first.status).toBe(200);
    expect(first.body.map(({ id }: { id: string }) => id)).toEqual(['ntf_1', 'ntf_2']);
    const [, next = ''] = /<[^?]*\?([^>]*)>; rel="next"/.exec(first.headers.link ?? '') ?? [];
    const second = await list(next);
    expect(second.body).toMatchObject([{ id: 'ntf_3', kind: 'delivery', reason: 'mailbox_full', attempts: 3 }]);
    expect(second.headers).not.toHaveProperty('link');
  });

  it.each([
    ['kind=letter', '/query/kind', 'must be one of delivery, message'],
    ['since=yesterday', '/query/since', 'must be an RFC 3339 time'],
    ['limit=0', '/query/limit', 'must be a whole number from 1 to 100'],
    ['status=FAILED', '/query/status', 'is not known'],
    ['cursor=abc', '/query/cursor', 'must be one that this list returned, with the same filters'],
  ])('answers 400 for the query %s', async (query, pointer, detail) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
  });
});

describe('POST /api/v1/dead-letters/redrive', () => {
  it.each([
    [{ per_second: 501 }, '/per_second', 'must be at most 500'],
    [{ per_second: 0 }, '/per_second', 'must be at least 1'],
    [{ kind: 'all' }, '/kind', 'must be one of delivery, message'],
    [{ since: '2026-01-02', until: '2026-01-01' }, '/until', 'must be after since'],
    [{ dry_run: 'yes' }, '/dry_run', 'must be true or false'],
    [{ notification_type: 'User Signup' }, '/notification_type', 'must be dotted lower-case words'],
    [{ everything: true }, '/everything', 'is not known'],
  ])('answers 400 for the body %j', async (body, pointer, detail) => {
    const { status: code, body: problem } = await redrive(body);
    expect(code).toBe(400);
    expect(problem.errors).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  it('200 with dry_run: how many', async () => {
    expect(await redrive({ dry_run: true, kind: 'delivery' })).toMatchObject({ status: 200, body: { matched: 3 } });
    expect(backend.bodiesIn('replay')).toEqual([]);
  });
});

it('what no worker could read is recorded, listed without its body, redriven once, and stays listed', async () => {
  const secret = 'garbage with a@b.c';
  expect(await invokeWorker(workers.record, 'dead-letters', [secret, '{"kind":"reconcile"}'])).toEqual([]);
  const { body: before } = await list('kind=message');
  expect(before).toMatchObject([{ kind: 'message', reason: 'not_json', attempts: 6 }]);
  expect(JSON.stringify(before)).not.toContain(secret);

  const ordered = await redrive({ kind: 'message', per_second: 500 }, { 'idempotency-key': 'once' });
  expect(ordered).toMatchObject({ status: 202, body: { matched: 1, status: 'RUNNING', per_second: 500 } });
  const id: string = ordered.body.job_id;
  expect(ordered.headers.location).toBe(`http://localhost${base}/redrive/${id}`);
  const again = await redrive({ kind: 'message', per_second: 500 }, { 'idempotency-key': 'once' });
  expect(again).toMatchObject({ status: 202, body: { job_id: id }, headers: { 'idempotent-replayed': 'true' } });
  expect(await redrive({}, { 'idempotency-key': 'once' })).toMatchObject({ status: 422 });
  expect(backend.bodiesIn('replay')).toEqual([JSON.stringify({ kind: 'replay', id })]);

  await invokeWorker(workers.replay, 'replay', [JSON.stringify({ kind: 'replay', id })]);
  expect(backend.bodiesIn('delivery')).toEqual([secret]);
  const done = await status(id);
  expect(done).toMatchObject({ status: 200, body: { job_id: id, status: 'DONE', matched: 1, redriven: 1, failed: 0 } });
  expect(done.body.finished_at >= done.body.created_at).toBe(true);
  expect((await list('kind=message')).body).toMatchObject([{ redriven_at: expect.any(String) }]);
});

it.each(['job_none', 'ntf_1'])('GET /api/v1/dead-letters/redrive/%s: 404', async (id) => {
  expect(await status(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
});
