import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notificationMapping } from '../../lib/aws/items/notification-item.ts';
import { ERASURE_KEYS } from '../../lib/erasure/erasure-job.ts';
import type { HttpHandler } from '../../lib/http/types.ts';
import type { QueueHandler } from '../../lib/queue/pipeline.ts';
import { failedNotification } from '../../lib/testing/dead-letters.ts';
import { type Backend, invoke, invokeWorker, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/erasure';
const ID = `ntf_${'m'.repeat(26)}`;
let backend: Backend;
let handlers: Record<'create' | 'status' | 'get' | 'list', HttpHandler>;
let replay: QueueHandler;

beforeAll(async () => {
  backend = await startBackend({ FIELD_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}` });
  handlers = {
    create: (await import('./create.ts')).handler,
    status: (await import('./status.ts')).handler,
    get: (await import('../notifications/get.ts')).handler,
    list: (await import('../dead-letters/list.ts')).handler,
  };
  replay = (await import('../dead-letters/replay.ts')).handler;
});
afterAll(() => backend.stop());

const order = (body: unknown) =>
  invoke(handlers.create, {
    path: base,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
const status = (id: string) =>
  invoke(handlers.status, { method: 'GET', path: `${base}/${id}`, params: { job_id: id } });

const ONE_KEY = `exactly one of ${ERASURE_KEYS.join(', ')} is required`;

describe('POST /api/v1/erasure', () => {
  it('takes an address, or an entity', () => {
    expect(ERASURE_KEYS).toEqual(expect.arrayContaining(['email', 'phone', 'webhook_url', 'entity_id']));
    expect(ERASURE_KEYS).not.toContain('endpoint_id');
  });

  it.each([
    [{}, '', ONE_KEY],
    [{ email: 'a@b.co', entity_id: 'x' }, '', ONE_KEY],
    [{ email: 'no-address' }, '/email', 'must be an e-mail address'],
    [
      { phone: '12' },
      '/phone',
      'must be one number: start with + and the country code, or give valid national digits of IN',
    ],
    [{ webhook_url: 'nowhere' }, '/webhook_url', 'must be an absolute URL'],
    [{ everyone: true }, '/everyone', 'is not known'],
  ])('answers 400 for the body %j', async (body, pointer, detail) => {
    const answer = await order(body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors[0]).toEqual({ pointer, detail });
  });

  it('202: carried by the queue of jobs; the end shows counts, and nothing of the person is left', async () => {
    await backend.dynamo.table.create(failedNotification(ID, Date.now() - 1_000), notificationMapping);
    const ordered = await order({ email: 'A@B.co' });
    expect(ordered).toMatchObject({ status: 202, body: { status: 'RUNNING', by: 'email', masked: 'a***@b***' } });
    const mine = await order({ phone: '+4915112345678' });
    const id: string = mine.body.job_id;
    expect(mine.headers.location).toBe(`http://localhost${base}/${id}`);
    expect(backend.bodiesIn('replay')).toContain(JSON.stringify({ kind: 'erase', id }));
    expect(JSON.stringify(await status(id))).not.toContain('15112345678');

    expect(await invokeWorker(replay, 'replay', [JSON.stringify({ kind: 'erase', id })])).toEqual([]);
    const done = await status(id);
    expect(done).toMatchObject({
      status: 200,
      body: { status: 'DONE', examined: 1, erased: 1, canceled: 0, waiting: 0 },
    });
    const gone = await invoke(handlers.get, { method: 'GET', path: '/x', params: { id: ID } });
    expect(gone.body).toMatchObject({
      status: 'FAILED',
      email: 'erased',
      phone: 'erased',
      erased_at: expect.any(String),
    });
    expect((await invoke(handlers.list, { method: 'GET', path: '/api/v1/dead-letters/' })).body).toEqual([]);
  });
});

it.each(['era_none', 'job_1', 'ntf_mark'])('GET /api/v1/erasure/%s: 404', async (id) => {
  expect(await status(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
});
