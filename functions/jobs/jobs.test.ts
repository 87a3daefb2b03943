import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { JOB_KIND_NAMES } from '../../lib/jobs/job.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/jobs';
let backend: Backend;
let handlers: Record<'list' | 'get' | 'cancel' | 'redrive' | 'erase', HttpHandler>;

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    list: (await import('./list.ts')).handler,
    get: (await import('./get.ts')).handler,
    cancel: (await import('./cancel.ts')).handler,
    redrive: (await import('../dead-letters/redrive.ts')).handler,
    erase: (await import('../erasure/create.ts')).handler,
  };
});
afterAll(() => backend.stop());

const list = (query = '') => invoke(handlers.list, { method: 'GET', path: `${base}/`, query });
const get = (id: string) => invoke(handlers.get, { method: 'GET', path: `${base}/${id}`, params: { job_id: id } });
const cancel = (id: string) => invoke(handlers.cancel, { path: `${base}/${id}/cancel`, params: { job_id: id } });
const order = async (handler: HttpHandler, body: object): Promise<string> => {
  const headers = { 'content-type': 'application/json' };
  return (await invoke(handler, { path: '/x', body: JSON.stringify(body), headers })).body.job_id;
};

describe('GET /api/v1/jobs/', () => {
  it('200: jobs of every kind, newest first, each as its kind shows it', async () => {
    expect((await list()).body).toEqual([]);
    const redrive = await order(handlers.redrive, { kind: 'message' });
    const erasure = await order(handlers.erase, { email: 'a@b.co' });
    const shared = { created_at: expect.any(String), started_at: expect.any(String) };
    const counts = { matched: 0, redriven: 0, skipped: 0, failed: 0, per_second: 50 };
    const erased = { examined: 0, erased: 0, canceled: 0, waiting: 0 };
    expect((await list()).body).toEqual([
      { job_id: erasure, kind: 'erasure', status: 'RUNNING', by: 'email', masked: 'a***@b***', ...erased, ...shared },
      { job_id: redrive, kind: 'redrive', status: 'RUNNING', ...counts, ...shared },
    ]);
    expect((await list('kind=erasure&status=RUNNING')).body).toMatchObject([{ job_id: erasure }]);
    expect((await list('status=QUEUED')).body).toEqual([]);
  });

  it.each([
    ['status=OPEN', '/query/status', 'must be one of QUEUED, RUNNING, DONE, FAILED, CANCELED'],
    ['kind=import', '/query/kind', `must be one of ${JOB_KIND_NAMES.join(', ')}`],
    ['tenant=acme', '/query/tenant', 'is not known'],
  ])('400 for %s', async (query, pointer, detail) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
  });
});

describe('GET /api/v1/jobs/{job_id}', () => {
  it('200: one job', async () => {
    const id = await order(handlers.redrive, {});
    expect(await get(id)).toMatchObject({ status: 200, body: { job_id: id, kind: 'redrive', status: 'RUNNING' } });
  });

  it.each(['job_none', 'ntf_1', 'jobs_default'])('404 for %s', async (id) => {
    expect(await get(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
  });
});

describe('POST /api/v1/jobs/{job_id}/cancel', () => {
  it('200, and again the same', async () => {
    const id = await order(handlers.redrive, {});
    const first = await cancel(id);
    expect(first).toMatchObject({ status: 200, body: { job_id: id, status: 'CANCELED' } });
    expect((await cancel(id)).body).toEqual(first.body);
    expect((await get(id)).body).toEqual(first.body);
  });

  it('409 for an erasure', async () => {
    const id = await order(handlers.erase, { email: 'a@b.co' });
    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'not-cancelable' } });
  });
});
