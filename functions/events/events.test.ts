/** The doors of events as Lambda calls them; what clients see of them is in localstack/e2e. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHandler } from '../../lib/http.ts';
import type { QueueHandler } from '../../lib/queue.ts';
import { ask, type Surroundings, surround, work } from '../doors.testing.ts';

const base = '/api/v1/events/';
let around: Surroundings;
let doors: Record<'publish' | 'get' | 'list', HttpHandler>;
let process: QueueHandler;

beforeAll(async () => {
  around = await surround();
  doors = {
    publish: (await import('./publish.ts')).handler,
    get: (await import('./get.ts')).handler,
    list: (await import('./list.ts')).handler,
  };
  process = (await import('./process.ts')).handler;
});
afterAll(() => around.stop());

const publish = (body: unknown, headers: Record<string, string> = {}) =>
  ask(doors.publish, {
    path: base,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const read = async (id: string) => (await ask(doors.get, { method: 'GET', path: `${base}${id}`, params: { id } })).body;
const signup = { type: 'user.signup', payload: { user_id: 1, email: 'a@example.com' } };

describe('POST /api/v1/events/', () => {
  it('201: stored, and its message says no more than which', async () => {
    const { status, headers, body } = await publish(signup);
    expect([status, headers.location]).toEqual([201, `/api/v1/events/${body.id}`]);
    expect(around.bodiesIn('events')).toContain(JSON.stringify({ kind: 'process', id: body.id }));
  });

  it('headers of a CloudEvent in any case, as HTTP/1.1 clients send them', async () => {
    const headers = { 'Ce-SpecVersion': '1.0', 'CE-ID': '1', 'ce-source': '/cased', 'ce-Type': 'a.b' };
    expect(await publish({ n: 1 }, headers)).toMatchObject({
      status: 201,
      body: { source: '/cased', payload: { n: 1 } },
    });
  });

  it('201 while the queue is away', async () => {
    await around.sqs.outage();
    const { status, body } = await publish(signup).finally(() => around.sqs.recover());
    expect([status, (await read(body.id)).status]).toEqual([201, 'ACCEPTED']);
  });

  it('a query that does nothing is refused, also on POST', async () => {
    const request = { path: base, query: 'source=x', body: JSON.stringify(signup) };
    expect(await ask(doors.publish, request)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/query/source' }] },
    });
  });
});

describe('process', () => {
  it('makes each notification once, however often and beside whatever its message comes', async () => {
    const [one, two, bad] = [
      (await publish(signup)).body,
      (await publish(signup)).body,
      (await publish({ type: 'user.signup', payload: { email: 'nobody' } })).body,
    ];
    const batch = [one, 'not json', two, one, bad, { id: 'evt_unknown' }].map((event) =>
      typeof event === 'string' ? event : { kind: 'process', id: event.id },
    );
    expect(await work(process, 'events', batch)).toEqual([1]);
    expect(await work(process, 'events', batch.slice(2))).toEqual([]);
    const [first, second, third] = await Promise.all([one, two, bad].map(({ id }) => read(id)));
    expect([first.notifications.length, second.notifications.length]).toEqual([1, 1]);
    expect(first.notifications).not.toEqual(second.notifications);
    expect(third).toMatchObject({ status: 'REJECTED', notifications: [] });
    const sent = around.bodiesIn('delivery').filter((body) => body.includes(first.notifications[0]));
    expect(sent.length).toBeGreaterThan(0);
  });
});
