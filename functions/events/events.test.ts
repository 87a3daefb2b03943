/** The handlers of events as Lambda calls them; what clients see of them is in infra/verify/e2e. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http/types.ts';
import type { QueueHandler } from '../../lib/queue/pipeline.ts';
import { exactValue } from '../../lib/testing/exact-value.ts';
import { type Backend, invoke, invokeWorker, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/events/';
let backend: Backend;
let handlers: Record<'publish' | 'get' | 'list', HttpHandler>;
let process: QueueHandler;

beforeAll(async () => {
  backend = await startBackend();
  handlers = {
    publish: (await import('./publish.ts')).handler,
    get: (await import('./get.ts')).handler,
    list: (await import('./list.ts')).handler,
  };
  process = (await import('./process.ts')).handler;
});
afterAll(() => backend.stop());

const publish = (body: unknown, headers: Record<string, string> = {}) =>
  invoke(handlers.publish, {
    path: base,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const read = async (id: string) =>
  (await invoke(handlers.get, { method: 'GET', path: `${base}${id}`, params: { id } })).body;
const signup = { type: 'user.signup', payload: { user_id: 1, email: 'a@example.com' } };

describe('POST /api/v1/events/', () => {
  it('201: stored, and its message says no more than which', async () => {
    const { status, headers, body } = await publish(signup);
    expect([status, headers.location]).toEqual([201, `http://localhost/api/v1/events/${body.id}`]);
    expect(backend.bodiesIn('events')).toContain(JSON.stringify({ kind: 'process', id: body.id }));
  });

  it('headers of a CloudEvent in any case, as HTTP/1.1 clients send them', async () => {
    const headers = { 'Ce-SpecVersion': '1.0', 'CE-ID': '1', 'ce-source': '/cased', 'ce-Type': 'a.b' };
    expect(await publish({ n: 1 }, headers)).toMatchObject({
      status: 201,
      body: { source: '/cased', payload: { n: 1 } },
    });
  });

  it('201 while the queue is away', async () => {
    await backend.sqs.outage();
    const { status, body } = await publish(signup).finally(() => backend.sqs.recover());
    expect([status, (await read(body.id)).status]).toEqual([201, 'ACCEPTED']);
  });

  it('a query that does nothing is refused, also on POST', async () => {
    const request = { path: base, query: 'source=x', body: JSON.stringify(signup) };
    expect(await invoke(handlers.publish, request)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/query/source' }] },
    });
  });
});

describe('the digits of numbers', () => {
  const long = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }).map(String);
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    long,
    long.map((text) => `-0.${text}`),
    long.map((text) => `${text}e-5`),
  );
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
      fc.constantFrom('null', 'true'),
      fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items}]`),
      fc
        .dictionary(
          fc.string().map((name) => `k${name}`),
          tie('json'),
          { maxKeys: 4 },
        )
        .map((members) => `{${Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`),
    ),
  }));
  it('are in the answer, when it is read and in the list as they were given, whatever is published', async () => {
    await fc.assert(
      fc.asyncProperty(json, fc.uuid(), async (payload, source) => {
        const body = `{"type":"a.b","source":"${source}","payload":{"given":${payload}}}`;
        const made = await invoke(handlers.publish, { path: base, body });
        const params = { id: made.body.id };
        const read = await invoke(handlers.get, { method: 'GET', path: `${base}${made.body.id}`, params });
        const listed = await invoke(handlers.list, { method: 'GET', path: base, query: `source=${source}` });
        const wanted = exactValue(`{"given":${payload}}`);
        expect([made.status, exactValue(made.text), exactValue(read.text)]).toEqual([
          201,
          expect.objectContaining({ payload: wanted }),
          expect.objectContaining({ payload: wanted }),
        ]);
        expect(exactValue(listed.text)).toEqual([expect.objectContaining({ payload: wanted })]);
      }),
      { numRuns: 50 },
    );
  });

  it('are compared: the same id, or key, with another last digit is other content', async () => {
    const body = (digit: number, id = '') => `{"type":"a.b",${id}"payload":{"n":900719925474099${digit}}}`;
    const post = (text: string, key: string) =>
      invoke(handlers.publish, {
        path: base,
        body: text,
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
      });
    const id = '"id":"digits",';
    const answers = [
      await post(body(2), 'digits'),
      await post(body(3), 'digits'),
      await post(body(2), 'digits'),
      await post(body(3, id), 'x'),
      await post(body(2, id), 'x'),
      await post(body(3, id), 'x'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 422, 201, 201, 422, 200]);
  });

  it('of CloudEvents too, in each form', async () => {
    const data = '{"n":[9007199254740993]}';
    const attributes = '"specversion":"1.0","type":"a.b","source":"/digits"';
    const one = (id: string) => `{${attributes},"id":"${id}","data":${data}}`;
    const base64 = Buffer.from(data).toString('base64');
    const binary = { 'ce-specversion': '1.0', 'ce-type': 'a.b', 'ce-source': '/digits', 'ce-id': 'binary' };
    const shots: [string, string, object][] = [
      ['application/cloudevents+json', one('structured'), {}],
      ['application/cloudevents-batch+json', `[${one('batch')}]`, {}],
      ['application/cloudevents+json', `{${attributes},"id":"base64","data_base64":"${base64}"}`, {}],
      ['application/json', data, binary],
    ];
    for (const [type, body, headers] of shots) {
      const made = await invoke(handlers.publish, { path: base, body, headers: { 'content-type': type, ...headers } });
      expect([made.status, made.text]).toEqual([201, expect.stringContaining(data)]);
    }
  });

  it('beyond the range of a double are refused with their pointer', async () => {
    const body = '{"type":"a.b","payload":{"a":[1,1e-400]}}';
    expect(await invoke(handlers.publish, { path: base, body })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/payload/a/1' }] },
    });
  });

  it('are those of the entity that an event names', async () => {
    const body = '{"type":"user.signup","payload":{"user_id":9007199254740993,"email":"a@example.com"}}';
    const made = await invoke(handlers.publish, { path: base, body });
    await invokeWorker(process, 'events', [{ kind: 'process', id: made.body.id }]);
    const { notifications } = await read(made.body.id);
    const { handler } = await import('../notifications/get.ts');
    const caused = await invoke(handler, { method: 'GET', path: '/', params: { id: notifications[0] } });
    expect(caused.body.entity_id).toBe('9007199254740993');
  });
});

describe('process', () => {
  it('makes each notification once, however often and beside whatever its message comes', async () => {
    const [one, two, bad] = [
      (await publish(signup)).body,
      (await publish(signup)).body,
      (await publish({ type: 'user.signup', payload: { email: 'no-address' } })).body,
    ];
    const batch = [one, 'not json', two, one, bad, { id: 'evt_unknown' }].map((event) =>
      typeof event === 'string' ? event : { kind: 'process', id: event.id },
    );
    expect(await invokeWorker(process, 'events', batch)).toEqual([1]);
    expect(await invokeWorker(process, 'events', batch.slice(2))).toEqual([]);
    const [first, second, third] = await Promise.all([one, two, bad].map(({ id }) => read(id)));
    expect([first.notifications.length, second.notifications.length]).toEqual([1, 1]);
    expect(first.notifications).not.toEqual(second.notifications);
    expect(third).toMatchObject({ status: 'REJECTED', notifications: [] });
    const sent = backend.bodiesIn('delivery').filter((body) => body.includes(first.notifications[0]));
    expect(sent.length).toBeGreaterThan(0);
  });
});
