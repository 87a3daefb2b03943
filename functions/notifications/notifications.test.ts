/** The handlers of notifications as Lambda calls them; what clients see of them is in infra/verify/e2e. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../lib/aws/table/table.ts';
import { makeReceiver, type Receiver } from '../../lib/channels/http-client/receiver.testing.ts';
import type { HttpHandler } from '../../lib/http/types.ts';
import type { QueueHandler } from '../../lib/queue/pipeline.ts';
import { type Backend, invoke, invokeWorker, startBackend } from '../handlers.testing.ts';

const base = '/api/v1/notifications/';
let backend: Backend;
let receiver: Receiver;
let handlers: Record<'create' | 'get' | 'list' | 'cancel', HttpHandler>;
let workers: Record<'deliver' | 'schedule' | 'reconcile', QueueHandler>;

beforeAll(async () => {
  receiver = await makeReceiver((_received, _request, response) => void response.writeHead(204).end());
  // Nothing listens on port 9: EventBridge Scheduler is away.
  const scheduler = { AWS_ENDPOINT_URL_SCHEDULER: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' };
  backend = await startBackend({ WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_ALLOW_HTTP: 'true', ...scheduler });
  handlers = {
    create: (await import('./create.ts')).handler,
    get: (await import('./get.ts')).handler,
    list: (await import('./list.ts')).handler,
    cancel: (await import('./cancel.ts')).handler,
  };
  workers = {
    deliver: (await import('./deliver.ts')).handler,
    schedule: (await import('./schedule.ts')).handler,
    reconcile: (await import('./reconcile.ts')).handler,
  };
});
afterAll(async () => {
  await backend.stop();
  await receiver.close();
});

const input = (sendAt: number) => ({
  notification_type: 'user.signup',
  entity_id: 'Zoë',
  send_at: new Date(sendAt).toISOString(),
  webhook_url: `${receiver.url}/hook`,
});
const create = async (sendAt = Date.now()) => {
  const { status, body } = await invoke(handlers.create, { path: base, body: JSON.stringify(input(sendAt)) });
  expect(status).toBe(201);
  return body as { id: string; send_at: string };
};
const read = async (id: string) =>
  (await invoke(handlers.get, { method: 'GET', path: `${base}${id}`, params: { id } })).body;
const deliveryOf = ({ id, send_at }: { id: string; send_at: string }, seq = 1) => ({
  kind: 'deliver',
  id,
  seq,
  due: Date.parse(send_at),
});
const attemptsAt = (id: string) => receiver.received.filter(({ headers }) => headers['webhook-id'] === id).length;

describe('POST /api/v1/notifications/', () => {
  it('201 for a body that API Gateway encoded in base64, and its message is on the way', async () => {
    const body = Buffer.from(JSON.stringify(input(Date.now()))).toString('base64');
    const headers = { 'content-type': 'application/json' };
    const { status, body: made } = await invoke(handlers.create, { path: base, body, base64: true, headers });
    expect([status, made.entity_id]).toEqual([201, 'Zoë']);
    expect(backend.bodiesIn('delivery')).toContain(JSON.stringify(deliveryOf(made)));
  });

  it('201 beyond 15 minutes: the message goes to the schedule queue', async () => {
    const { id, send_at } = await create(Date.now() + 86_400_000);
    const message = { kind: 'schedule', id, seq: 1, due: Date.parse(send_at) };
    expect(backend.bodiesIn('schedule')).toContain(JSON.stringify(message));
  });

  it('201 while the queue is away: stored all the same, and the reconciler finds it', async () => {
    await backend.sqs.outage();
    const { id } = await create().finally(() => backend.sqs.recover());
    expect(await read(id)).toMatchObject({ id, status: 'PENDING' });
  });
});

describe('GET /api/v1/notifications/', () => {
  const list = async (query: string) => invoke(handlers.list, { method: 'GET', path: base, query });
  const idsOf = ({ body }: { body: { id: string }[] }) => body.map(({ id }) => id);
  const createIn = async (group: string) => {
    const body = JSON.stringify({ ...input(Date.now() + 86_400_000), group });
    return (await invoke(handlers.create, { path: base, body })).body as { id: string; group: string };
  };

  it('200 with those of a group, in several statuses or open', async () => {
    const [first, second] = [await createIn('order-7'), await createIn('order-7')];
    await createIn('order-8');
    expect(second.group).toBe('order-7');
    await invoke(handlers.cancel, { method: 'DELETE', path: `${base}${first.id}`, params: { id: first.id } });
    expect(idsOf(await list('group=order-7'))).toEqual([second.id, first.id]);
    expect(idsOf(await list('group=order-7&status=open'))).toEqual([second.id]);
    expect(idsOf(await list('group=order-7&status=CANCELED,PENDING&entity_id=Zo%C3%AB'))).toHaveLength(2);
    expect(idsOf(await list('group=order-7&entity_id=other'))).toEqual([]);
  });

  it('400 for a status that is none, and for a group of no length or too great a one', async () => {
    expect((await list('status=open,DONE')).body.errors).toMatchObject([{ pointer: '/query/status' }]);
    expect((await list(`group=${'g'.repeat(257)}`)).body.errors).toMatchObject([{ pointer: '/query/group' }]);
    for (const group of ['', 'g'.repeat(257), 7]) {
      const body = JSON.stringify({ ...input(Date.now()), group });
      const refused = await invoke(handlers.create, { path: base, body });
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/group']);
    }
  });
});

describe('deliver', () => {
  it('a message that cannot be read fails alone, and one that came twice is one attempt', async () => {
    const made = await create();
    const batch = [
      'not json',
      deliveryOf(made),
      { kind: 'surprise' },
      deliveryOf(made),
      { ...deliveryOf(made), seq: 0 },
    ];
    expect(await invokeWorker(workers.deliver, 'delivery', batch)).toEqual([0, 2, 4]);
    expect(await read(made.id)).toMatchObject({ status: 'SENT', attempts: [{ number: 1, outcome: 'sent' }] });
    expect(await invokeWorker(workers.deliver, 'delivery', [deliveryOf(made)])).toEqual([]);
    expect(attemptsAt(made.id)).toBe(1);
  });

  it('tells every digit of the numbers in data, to people and, signed, to machines; so do the views', async () => {
    const data = '{"id":9007199254740993,"rate":0.1234567890123456789}';
    const given = JSON.stringify({ ...input(Date.now()), subject: 'No. {{id}}', body: 'at {{rate}}' });
    const made = await invoke(handlers.create, { path: base, body: given.replace('{', `{"data":${data},`) });
    expect(await invokeWorker(workers.deliver, 'delivery', [deliveryOf(made.body)])).toEqual([]);
    const [received] = receiver.received.filter(({ headers }) => headers['webhook-id'] === made.body.id);
    expect(received?.body).toContain(data);
    expect(received?.body).toContain('"subject":"No. 9007199254740993"');
    expect(received?.body).toContain('"body":"at 0.1234567890123456789"');
    const path = `${base}${made.body.id}`;
    const views = [
      made,
      await invoke(handlers.get, { method: 'GET', path, params: { id: made.body.id } }),
      await invoke(handlers.list, { method: 'GET', path: base, query: 'limit=100' }),
    ];
    for (const { text } of views) expect(text).toContain(data);
  });

  it.each([
    ['lead_time_days', '9007199254740993', '/lead_time_days', 'must be a number of at most 15 digits'],
    ['data', '9007199254740993', '/data', 'must be an object'],
    ['entity_id', '9007199254740993', '/entity_id', 'must be a string'],
    ['channels', '9007199254740993', '/channels', 'is not known'],
  ])('answers 400 for a long number as %s', async (name, number, pointer, detail) => {
    const given = JSON.stringify({ ...input(Date.now()), [name]: undefined });
    const refused = await invoke(handlers.create, { path: base, body: given.replace('{', `{"${name}":${number},`) });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ pointer, detail }] } });
  });

  it('a timer of another time, of nothing, or of what was canceled is acknowledged and does nothing', async () => {
    const [made, canceled] = [await create(), await create()];
    await invoke(handlers.cancel, { method: 'DELETE', path: `${base}${canceled.id}`, params: { id: canceled.id } });
    const unknown = { ...deliveryOf(made), id: 'ntf_unknown' };
    expect(
      await invokeWorker(workers.deliver, 'delivery', [deliveryOf(made, 2), unknown, deliveryOf(canceled)]),
    ).toEqual([]);
    expect([attemptsAt(made.id), attemptsAt(canceled.id)]).toEqual([0, 0]);
    expect(await read(made.id)).toMatchObject({ status: 'PENDING', attempts: [] });
  });

  it('with too little time left it gives the message back unclaimed', async () => {
    const made = await create();
    expect(await invokeWorker(workers.deliver, 'delivery', [deliveryOf(made)], 5_000)).toEqual([0]);
    expect(await read(made.id)).toMatchObject({ status: 'PENDING', version: 1 });
    expect(attemptsAt(made.id)).toBe(0);
  });

  it('what comes early is sent again and not claimed', async () => {
    const made = await create(Date.now() + 300_000);
    const waiting = backend.bodiesIn('delivery').length;
    expect(
      await invokeWorker(workers.deliver, 'delivery', [{ ...deliveryOf(made), due: Date.now() + 60_000 }]),
    ).toEqual([]);
    expect(backend.bodiesIn('delivery')).toHaveLength(waiting + 1);
    expect(await read(made.id)).toMatchObject({ status: 'PENDING', attempts: [] });
  });
});

describe('schedule', () => {
  it('fails what EventBridge Scheduler did not take, and acknowledges what is stale', async () => {
    const made = await create(Date.now() + 86_400_000);
    const message = { kind: 'schedule', id: made.id, seq: 1, due: Date.parse(made.send_at) };
    expect(await invokeWorker(workers.schedule, 'schedule', ['{}', message])).toEqual([0, 1]);
    expect(await read(made.id)).toMatchObject({ status: 'PENDING' });
  });

  it('what has come near meanwhile goes straight to the delivery queue', async () => {
    const made = await create(Date.now() + 60_000);
    const waiting = backend.bodiesIn('delivery').length;
    const message = { kind: 'schedule', id: made.id, seq: 1, due: Date.parse(made.send_at) };
    expect(await invokeWorker(workers.schedule, 'schedule', [message])).toEqual([]);
    expect(backend.bodiesIn('delivery')).toHaveLength(waiting + 1);
  });
});

describe('reconcile', () => {
  it('with nothing overdue touches nothing', async () => {
    const before = (await invoke(handlers.list, { method: 'GET', path: base, query: 'limit=100' })).body;
    expect(await invokeWorker(workers.reconcile, 'reconcile', [{ kind: 'reconcile' }])).toEqual([]);
    expect((await invoke(handlers.list, { method: 'GET', path: base, query: 'limit=100' })).body).toEqual(before);
  });

  it('marks the table with its format, and fails on one that a newer release has stored', async () => {
    const { table } = backend.dynamo;
    const asStored = { toItem: (item: Item) => item, fromItem: (item: Item) => item };
    expect(await table.get('meta_format', asStored)).toMatchObject({ format: 1 });
    const set = (format: number) =>
      table.update(
        'meta_format',
        'SET #format = :format',
        { expression: 'attribute_exists(id)', names: { '#format': 'format' }, values: { ':format': format } },
        asStored,
        () => false,
      );
    await set(2);
    expect(await invokeWorker(workers.reconcile, 'reconcile', [{ kind: 'reconcile' }])).toEqual([0]);
    await set(1);
  });
});
