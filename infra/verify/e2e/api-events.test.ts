/** Publishing and reading events, status by status: our own form, CloudEvents in all three, idempotency. */
import { describe, expect, test } from 'vitest';
import type { EventView } from '../../../lib/events/event.ts';
import { makeConformance, type OpenApiDocument } from '../kit/openapi-conformance.ts';
import { until } from '../kit/until.ts';
import { expectErrors, expectProblem, useTestStack } from '../kit/vitest.ts';

const conformance = makeConformance();
const stack = useTestStack({ onAnswer: conformance.onAnswer });

const PATH = '/api/v1/events/';
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' };
const publish = <T = EventView>(body: unknown, headers?: Record<string, string>) =>
  stack.api<T>('POST', PATH, body, headers);
const ofSource = async (source: string) =>
  (await stack.api<EventView[]>('GET', `${PATH}?source=${encodeURIComponent(source)}`)).body;

describe.concurrent('POST /events/', () => {
  test('201: the event and where it is; then it is processed', async () => {
    const { status, headers, body } = await publish({
      type: 'order.shipped',
      payload: { order: 7, lines: [{ sku: 'a' }] },
    });
    expect([status, headers.get('location')]).toEqual([201, `${stack.processes.apiUrl}/api/v1/events/${body.id}`]);
    expect(body).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-z]{26}$/),
      type: 'order.shipped',
      source: 'api',
      time: body.created_at,
      payload: { order: 7, lines: [{ sku: 'a' }] },
      created_at: expect.stringMatching(/\.\d{3}Z$/),
      status: 'ACCEPTED',
    });
    const read = await until('it is processed', async () => {
      const answer = await stack.api<EventView>('GET', `${PATH}${body.id}`);
      return answer.body.status === 'PROCESSED' && answer;
    });
    expect(read.body).toEqual({ ...body, status: 'PROCESSED', notifications: [] });
  });

  test('200 for the same source, id and content; 422 for other content, and the first stays', async () => {
    const event = { type: 'a.b', source: 'shop', id: 'order-1', payload: { n: 1, deep: { x: [1, null] } } };
    const first = await publish(event);
    const again = await publish(JSON.stringify(Object.fromEntries(Object.entries(event).reverse()), null, 1));
    expect([first.status, again.status]).toEqual([201, 200]);
    expect([again.body.id, again.body.source_id]).toEqual([first.body.id, 'order-1']);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('location')).toBe(`${stack.processes.apiUrl}/api/v1/events/${first.body.id}`);
    expectErrors(await publish({ ...event, payload: { n: 2 } }), 'idempotency-key-reused', ['/id']);
    expect((await stack.api<EventView>('GET', `${PATH}${first.body.id}`)).body.payload).toEqual(event.payload);
    expect((await publish({ ...event, source: 'another shop' })).status).toBe(201);
  });

  test('201 again with Idempotent-Replayed for the same key and body; 422 for another', async () => {
    const headers = { 'idempotency-key': 'key 1' };
    const first = await publish({ type: 'a.b', payload: { n: 1 } }, headers);
    const again = await publish({ payload: { n: 1 }, type: 'a.b' }, headers);
    expect([again.status, again.headers.get('idempotent-replayed'), again.body.id]).toEqual([
      201,
      'true',
      first.body.id,
    ]);
    expectErrors(await publish({ type: 'a.b', payload: { n: 2 } }, headers), 'idempotency-key-reused', [
      '/header/idempotency-key',
    ]);
  });

  test('an id of its own is its key: Idempotency-Key is then ignored, unless it cannot be kept', async () => {
    const headers = { 'idempotency-key': 'ignored' };
    const answers = [
      await publish({ type: 'a', payload: {}, id: 'one', source: 'ids' }, headers),
      await publish({ type: 'a', payload: {}, id: 'two', source: 'ids' }, headers),
      await publish({ type: 'a', payload: {}, id: 'two', source: 'ids' }, { 'idempotency-key': 'other' }),
      await publish({ type: 'a', payload: {}, id: 'two', source: 'ids' }, { 'idempotency-key': 'é' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 200, 400]);
    expect(await ofSource('ids')).toHaveLength(2);
  });

  test.each([
    ['one key', 'by-key', {}, { 'idempotency-key': 'raced' }],
    ['one id', 'by-id', { id: 'raced' }, {}],
  ])('20 at once with %s are one event', async (_name, source, more, headers) => {
    const body = { type: 'a', source, payload: {}, ...more };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => publish(body, headers as Record<string, string>)),
    );
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    expect(answers.every(({ status }) => status === 200 || status === 201)).toBe(true);
    expect(await ofSource(source)).toHaveLength(1);
  });
});

describe.concurrent('POST /events/, CloudEvents', () => {
  const event = (id: string, source: string) => ({ specversion: '1.0', id, source, type: 'com.example.done' });

  test('structured: attributes, data and extensions arrive', async () => {
    const given = {
      ...event('1', '/structured'),
      time: '2026-01-02T03:04:05.6789+01:00',
      subject: 's',
      data: { a: 1 },
      traceparent: '00-1',
      count: 3,
    };
    const { status, body } = await publish(given, STRUCTURED);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      source_id: '1',
      source: '/structured',
      subject: 's',
      payload: { a: 1 },
      extensions: { traceparent: '00-1', count: 3 },
    });
    expect(Date.parse(body.time)).toBe(Date.parse('2026-01-02T02:04:05.678Z'));
    expect((await publish(given, STRUCTURED)).status).toBe(200);
    expectErrors(await publish({ ...given, data: { a: 2 } }, STRUCTURED), 'idempotency-key-reused', ['/id']);
  });

  test('binary and structured are the same event', async () => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'b1',
      'ce-source': '/binary',
      'ce-type': 'com.example.done',
      'ce-subject': 'Euro%20%E2%82%AC',
    };
    const first = await publish({ a: 1 }, headers);
    expect([first.status, first.body.subject, first.body.payload]).toEqual([201, 'Euro €', { a: 1 }]);
    const structured = {
      ...event('b1', '/binary'),
      subject: 'Euro €',
      data_base64: Buffer.from('{"a":1}').toString('base64'),
    };
    const again = await publish(structured, STRUCTURED);
    expect([again.status, again.body.id]).toEqual([200, first.body.id]);
  });

  test('a batch: an array in the order given, safe to repeat, its repetitions one event', async () => {
    const batch = ['1', '2', '1'].map((id) => ({ ...event(id, '/batch'), data: { id } }));
    const first = await publish<EventView[]>(batch, BATCH);
    expect([first.status, first.body.map(({ source_id }) => source_id)]).toEqual([201, ['1', '2', '1']]);
    const again = await publish<EventView[]>(batch, BATCH);
    expect([again.status, again.body.map(({ id }) => id)]).toEqual([201, first.body.map(({ id }) => id)]);
    expect(await ofSource('/batch')).toHaveLength(2);
  });

  test('a batch of 25 is taken, an empty one is empty', async () => {
    const batch = Array.from({ length: 25 }, (_, at) => event(`${at}`, '/full'));
    expect((await publish<EventView[]>(batch, BATCH)).body).toHaveLength(25);
    expect(await ofSource('/full')).toHaveLength(25);
    expect((await publish([], BATCH)).text).toBe('[]');
  });

  test('a batch is all or nothing: one that conflicts with what is stored stops the others', async () => {
    await publish({ ...event('taken', '/mixed'), data: { first: true } }, STRUCTURED);
    const batch = [event('new', '/mixed'), { ...event('taken', '/mixed'), data: { first: false } }];
    expectErrors(await publish(batch, BATCH), 'idempotency-key-reused', ['/1/id']);
    const bad = [event('new', '/mixed'), { ...event('other', '/mixed'), type: 7 }];
    expectErrors(await publish(bad, BATCH), 'validation-failed', ['/1/type']);
    expect((await ofSource('/mixed')).map(({ source_id }) => source_id)).toEqual(['taken']);
  });
});

describe.concurrent('POST /events/batch', () => {
  const event = (id: string, source: string) => ({ specversion: '1.0', id, source, type: 'com.example.done' });
  const publishTo = (path: string, batch: unknown, headers: Record<string, string> = BATCH) =>
    stack.api<EventView[]>('POST', path, batch, headers);

  test.each(['batch', 'batch/'])('/events/%s takes what a batch on /events/ takes', async (name) => {
    const batch = ['1', '2'].map((id) => event(id, `/own/${name}`));
    const first = await publishTo(`${PATH}${name}`, batch);
    expect([first.status, first.body.map(({ source_id }) => source_id)]).toEqual([201, ['1', '2']]);
    const again = await publishTo(PATH, batch);
    expect(again.body.map(({ id }) => id)).toEqual(first.body.map(({ id }) => id));
  });

  test('names the element and the member that is wrong, and stores none', async () => {
    const answer = await publishTo(`${PATH}batch`, [event('1', '/own/bad'), { ...event('2', '/own/bad'), type: 7 }]);
    expectErrors(answer, 'validation-failed', ['/1/type']);
    expect(await ofSource('/own/bad')).toEqual([]);
  });

  test('415 for anything but a batch', async () => {
    expectProblem(await publishTo(`${PATH}batch`, event('1', '/own'), STRUCTURED), 'unsupported-media-type');
    const text = { 'content-type': 'text/plain' };
    expectProblem(await publishTo(`${PATH}batch`, { items: [] }, text), 'unsupported-media-type');
  });
});

test.each(['evt_00000000000000000000000000', 'evt_1', 'ntf_00000000000000000000000000', '%20'])(
  'GET /events/%s 404',
  async (id) => {
    expectProblem(await stack.api('GET', `${PATH}${id}`), 'not-found');
  },
);

test('every answer is as /openapi.json says', async () => {
  const { body } = await stack.api<OpenApiDocument>('GET', '/openapi.json');
  expect(conformance.differences(body)).toEqual([]);
});
