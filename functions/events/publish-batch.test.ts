import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import { makeCloudEvent } from '../../lib/testing/event.ts';
import { type Backend, invoke, startBackend } from '../handlers.testing.ts';

const path = '/api/v1/events/batch';
let backend: Backend;
let batch: HttpHandler;

beforeAll(async () => {
  // One window of the limit, however slow the machine is.
  vi.useFakeTimers({ toFake: ['Date'] });
  backend = await startBackend({ RATE_LIMIT: '100' });
  batch = (await import('./publish-batch.ts')).handler;
});
afterAll(async () => {
  vi.useRealTimers();
  await backend.stop();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  invoke(batch, { path, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
const event = (changes: object = {}) => ({ type: 'order.paid', payload: { order: 1 }, ...changes });
const CLOUD_EVENTS = { 'content-type': 'application/cloudevents-batch+json' };

describe('POST /api/v1/events/batch', () => {
  it('200 with the status of each item, as a request of its own would have', async () => {
    const first = await post({
      items: [event({ id: '1' }), event({ type: 'no type' }), event({ idempotency_key: 'k' })],
    });
    expect(first).toMatchObject({
      status: 200,
      body: {
        results: [
          { index: 0, status: 201, id: expect.stringMatching(/^evt_/) },
          { index: 1, status: 400, problem: { errors: [{ pointer: '/items/1/type' }] } },
          { index: 2, status: 201, id: expect.stringMatching(/^evt_/) },
        ],
      },
    });
    const again = await post({
      items: [event({ id: '1' }), event({ idempotency_key: 'k' }), event({ id: '1', payload: {} })],
    });
    expect(again.body.results).toMatchObject([
      { status: 200, id: first.body.results[0].id },
      { status: 201, id: first.body.results[2].id, replayed: true },
      { status: 422, problem: { errors: [{ pointer: '/items/2/id' }] } },
    ]);
    expect(backend.bodiesIn('events')).toHaveLength(2);
  });

  it('400 for a key in the header of our own form', async () => {
    expect(await post({ items: [event()] }, { 'idempotency-key': 'k' })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/header/idempotency-key' }] },
    });
  });

  it('201 for a batch of CloudEvents, all or nothing, at most 256 KB, as before', async () => {
    const given = [makeCloudEvent({ id: 'a' }), makeCloudEvent({ id: 'b' })];
    const { status, body } = await post(given, { ...CLOUD_EVENTS, 'idempotency-key': 'k' });
    expect([status, body]).toMatchObject([201, [{ source_id: 'a' }, { source_id: 'b' }]]);
    expect((await post([...given, makeCloudEvent({ specversion: '0' })], CLOUD_EVENTS)).status).toBe(400);
    const large = [makeCloudEvent({ data: { text: 'x'.repeat(262_144) } })];
    expect((await post(large, CLOUD_EVENTS)).status).toBe(413);
  });

  it('counts as its items against the rate limit', async () => {
    const left = async (items: unknown[]) => {
      const { headers } = await post({ items });
      return Number(/r=(\d+)/.exec(headers.ratelimit ?? '')?.[1]);
    };
    const before = await left([event()]);
    expect(before - (await left(Array.from({ length: 100 }, () => event())))).toBe(100);
    expect(before - (await left(Array.from({ length: 100 }, () => 7)))).toBe(200);
  });
});
