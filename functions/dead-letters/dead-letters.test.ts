import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DynamoFixture, startDynamo } from '../../lib/aws/dynamodb.fixture.ts';
import { notificationMapping } from '../../lib/aws/notification-item.ts';
import { type SqsFixture, startSqs } from '../../lib/aws/sqs.fixture.ts';
import { systemClock } from '../../lib/clock.ts';
import { apiEvent, lambdaContext, type RequestFixture } from '../../lib/http/fixtures.ts';
import type { HttpHandler } from '../../lib/http.ts';
import type { QueueHandler } from '../../lib/queue.ts';
import { failedNotification } from '../../lib/testing/dead-letters.ts';

const QUEUES = ['delivery', 'schedule', 'events', 'reconcile', 'replay', 'dead-letters'];
const base = '/api/v1/dead-letters';
let dynamo: DynamoFixture;
let sqs: SqsFixture;
let doors: Record<'list' | 'redrive' | 'status', HttpHandler>;
let workers: Record<'record' | 'replay', QueueHandler>;

beforeAll(async () => {
  dynamo = await startDynamo(systemClock);
  sqs = await startSqs('delivery');
  for (const queue of QUEUES.slice(1)) sqs.server.createQueue(queue);
  const url = (queue: string) => sqs.queueUrl.replace('delivery', queue);
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    TABLE_NAME: dynamo.tableName,
    DELIVERY_QUEUE_URL: url('delivery'),
    DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
    SCHEDULE_QUEUE_URL: url('schedule'),
    EVENT_QUEUE_URL: url('events'),
    RECONCILE_QUEUE_URL: url('reconcile'),
    REPLAY_QUEUE_URL: url('replay'),
    DEAD_LETTER_QUEUE_URL: url('dead-letters'),
    SCHEDULE_GROUP: 'group',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/schedule',
    CURSOR_SECRET: 'a secret of the tests',
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(24).toString('base64')}`,
    LOG_LEVEL: 'SILENT',
  });
  // Imported once the environment is there: the doors read it when they are first asked.
  doors = {
    list: (await import('./list.ts')).handler,
    redrive: (await import('./redrive.ts')).handler,
    status: (await import('./redrive-status.ts')).handler,
  };
  workers = { record: (await import('./record.ts')).handler, replay: (await import('./replay.ts')).handler };
});
afterAll(async () => {
  await sqs.stop();
  await dynamo.stop();
});

const ask = async (door: keyof typeof doors, request: RequestFixture) => {
  const response = await doors[door](apiEvent(request), lambdaContext());
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    body: JSON.parse(response.body ?? 'null'),
  };
};
const list = (query = '') => ask('list', { method: 'GET', path: `${base}/`, query });
const redrive = (body: unknown, headers: Record<string, string> = {}) =>
  ask('redrive', {
    path: `${base}/redrive`,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
const status = (id: string) => ask('status', { method: 'GET', path: `${base}/redrive/${id}`, params: { job_id: id } });

const work = (worker: keyof typeof workers, queue: string, bodies: string[]) => {
  const Records = bodies.map((body, index) => ({
    messageId: `${worker}-${index}`,
    body,
    attributes: { ApproximateReceiveCount: '6', SentTimestamp: '1' },
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
  }));
  return workers[worker]({ Records } as unknown as SQSEvent, lambdaContext(60_000));
};
const bodiesIn = (queue: string) => {
  const { ready = [], delayed = [] } = sqs.server.inspectQueue(queue)?.messages ?? {};
  return [...ready, ...delayed].map((message) => message.body);
};

describe('GET /api/v1/dead-letters/', () => {
  it('200: an array, newest first, page by page through Link', async () => {
    const now = Date.now();
    for (const n of [1, 2, 3]) {
      await dynamo.table.create(failedNotification(`ntf_${n}`, now - n * 1_000), notificationMapping);
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
  ])('400 for %s', async (query, pointer, detail) => {
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
  ])('400 for %j', async (body, pointer, detail) => {
    const { status: code, body: problem } = await redrive(body);
    expect(code).toBe(400);
    expect(problem.errors).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  it('200 with dry_run: how many', async () => {
    expect(await redrive({ dry_run: true, kind: 'delivery' })).toMatchObject({ status: 200, body: { matched: 3 } });
    expect(bodiesIn('replay')).toEqual([]);
  });
});

it('what nobody could read is recorded, listed without its body, redriven once, and stays listed', async () => {
  const secret = 'garbage with a@b.c';
  expect(await work('record', 'dead-letters', [secret, '{"kind":"reconcile"}'])).toEqual({ batchItemFailures: [] });
  const { body: before } = await list('kind=message');
  expect(before).toMatchObject([{ kind: 'message', reason: 'not_json', attempts: 6 }]);
  expect(JSON.stringify(before)).not.toContain(secret);

  const ordered = await redrive({ kind: 'message', per_second: 500 }, { 'idempotency-key': 'once' });
  expect(ordered).toMatchObject({ status: 202, body: { matched: 1, status: 'RUNNING', per_second: 500 } });
  const id: string = ordered.body.job_id;
  expect(ordered.headers.location).toBe(`${base}/redrive/${id}`);
  const again = await redrive({ kind: 'message', per_second: 500 }, { 'idempotency-key': 'once' });
  expect(again).toMatchObject({ status: 202, body: { job_id: id }, headers: { 'idempotent-replayed': 'true' } });
  expect(await redrive({}, { 'idempotency-key': 'once' })).toMatchObject({ status: 422 });
  expect(bodiesIn('replay')).toEqual([JSON.stringify({ kind: 'replay', id })]);

  await work('replay', 'replay', [JSON.stringify({ kind: 'replay', id })]);
  expect(bodiesIn('delivery')).toEqual([secret]);
  const done = await status(id);
  expect(done).toMatchObject({ status: 200, body: { job_id: id, status: 'DONE', matched: 1, redriven: 1, failed: 0 } });
  expect(done.body.finished_at >= done.body.created_at).toBe(true);
  expect((await list('kind=message')).body).toMatchObject([{ redriven_at: expect.any(String) }]);
});

it.each(['job_none', 'ntf_1'])('GET /api/v1/dead-letters/redrive/%s: 404', async (id) => {
  expect(await status(id)).toMatchObject({ status: 404, body: { code: 'not-found' } });
});
