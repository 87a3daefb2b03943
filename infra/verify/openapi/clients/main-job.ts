/** The main job, done by a client that openapi-typescript and openapi-fetch make of the document. */
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { components, paths } from './generated/schema.d.ts';

type NewNotification = components['schemas']['NewNotification'];
type NotificationItem = components['schemas']['NotificationItem'];
type Status = components['schemas']['NotificationStatus'];

const { API_URL: baseUrl = '', API_KEY: key = '' } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${key}` } });

const daysAhead = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

/** The data of an answer; throws the problem where there is none. */
const must = <T>({ data, error }: { data?: T; error?: unknown }): T => {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
};

const publish = async () => {
  const event = must(
    await client.POST('/api/v1/events/', {
      body: { type: 'order.paid', payload: { order_id: 42 }, source: 'typescript' },
    }),
  );
  assert.equal(event.status, 'ACCEPTED');
  const read = must(await client.GET('/api/v1/events/{id}', { params: { path: { id: event.id } } }));
  assert.deepEqual(read.payload, { order_id: 42 });

  const batch = must(
    await client.POST('/api/v1/events/batch', {
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: [{ specversion: '1.0', id: 'typescript-1', source: '/typescript', type: 'order.paid', data: { n: 1 } }],
    }),
  );
  assert.ok(Array.isArray(batch));
  assert.equal(batch[0]?.source_id, 'typescript-1');
};

const schedule = async () => {
  const body: NewNotification = {
    notification_type: 'custom',
    entity_id: 'typescript',
    send_at: daysAhead(30),
    email: 'user@example.com',
    subject: 'Hello',
    body: 'A generated client sends this.',
  };
  const params = { header: { 'idempotency-key': 'typescript-1' } };
  const created = must(await client.POST('/api/v1/notifications/', { body, params }));
  const again = must(await client.POST('/api/v1/notifications/', { body, params }));
  assert.equal(again.id, created.id);

  const path = { id: created.id };
  const read = must(await client.GET('/api/v1/notifications/{id}', { params: { path } }));
  assert.equal(read.channels.email?.state, 'pending');

  const query = { entity_id: 'typescript', limit: 10 };
  const listed = must(await client.GET('/api/v1/notifications/', { params: { query } }));
  assert.deepEqual(
    listed.map(({ id }) => id),
    [created.id],
  );

  const send_at = daysAhead(40);
  const moved = must(await client.PATCH('/api/v1/notifications/{id}', { params: { path }, body: { send_at } }));
  assert.equal(moved.send_at, send_at);

  const wanted: Status = 'CANCELED';
  const canceled = must(await client.DELETE('/api/v1/notifications/{id}', { params: { path } }));
  assert.equal(canceled.status, wanted);
  return path;
};

const many = async () => {
  const item = (n: number): NotificationItem => ({
    notification_type: 'user.signup',
    entity_id: `typescript-${n}`,
    group: 'typescript',
    send_at: daysAhead(30),
    email: 'user@example.com',
    idempotency_key: `typescript-many-${n}`,
  });
  const items = [item(1), item(2)];
  const { results } = must(await client.POST('/api/v1/notifications/batch', { body: { items } }));
  assert.deepEqual(
    results.map(({ status }) => status),
    [201, 201],
  );

  const body = { group: 'typescript' };
  const count = must(await client.POST('/api/v1/notifications/cancel', { body: { ...body, dry_run: true } }));
  assert.equal(count.matched, 2);
  const ordered = must(await client.POST('/api/v1/notifications/cancel', { body }));
  assert.ok('job_id' in ordered);
  const path = { job_id: ordered.job_id };
  const job = must(await client.GET('/api/v1/jobs/{job_id}', { params: { path } }));
  assert.ok(job.kind === 'cancel');
  assert.equal(job.changed, 2);
};

await publish();
await many();
const path = await schedule();
const { error } = await client.PATCH('/api/v1/notifications/{id}', {
  params: { path },
  body: { send_at: daysAhead(50) },
});
assert.equal(error?.code, 'already-ended');
