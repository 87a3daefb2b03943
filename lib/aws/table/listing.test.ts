import type { BatchGetItemCommandOutput, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotificationQuery } from '../../notifications/repository.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { walk } from '../../testing/listing.conformance.ts';
import { makeNotification } from '../../testing/notification-store.conformance.ts';
import { makeNotificationStore } from '../stores/notification-store.ts';

const clock = makeTestClock();
const NOTIFICATIONS = 300;
let dynamo: DynamoFixture;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
  const store = makeNotificationStore(dynamo.table);
  const items = Array.from({ length: NOTIFICATIONS }, (_, n) =>
    makeNotification({ tenant: 'default', createdAt: clock.now() + n }),
  );
  for (const item of items) await store.create(item);
});
afterAll(() => dynamo.stop());

/** Reads that a list makes, in records. */
const countRead = (): { records: number } => {
  const counted = { records: 0 };
  dynamo.client.middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const { Responses = {} } = result.output as BatchGetItemCommandOutput;
      counted.records += Object.values(Responses).flat().length;
      return result;
    },
    { step: 'initialize' },
  );
  return counted;
};

describe('a filter that nothing passes', () => {
  it('reads 400 records a request, and goes on from there', async () => {
    const store = makeNotificationStore(dynamo.table);
    for (let n = 0; n < 500; n += 1) await store.create(makeNotification({ tenant: 'small', createdAt: n }));
    const counted = countRead();
    const page = await store.list({ tenant: 'small', limit: 100, matches: () => false });
    expect(page).toEqual({ items: [], next: expect.any(String) });
    expect(counted.records).toBe(400);
    const rest = await store.list({ tenant: 'small', limit: 100, before: page.next ?? '', matches: () => false });
    expect(rest).toEqual({ items: [] });
    expect(counted.records).toBe(500);
  });

  it('reads about a page of bytes a request, however few records those are', async () => {
    const store = makeNotificationStore(dynamo.table);
    const body = 'x'.repeat(250_000);
    for (let n = 0; n < 60; n += 1) await store.create(makeNotification({ tenant: 'large', body, createdAt: n }));
    const counted = countRead();
    const query = { tenant: 'large', limit: 100, matches: () => false };
    expect(await store.list(query)).toEqual({ items: [], next: expect.any(String) });
    expect(counted.records).toBeLessThan(30);
    expect(await walk((page: NotificationQuery) => store.list(page), query)).toEqual([]);
  });
});

it('counts what has expired among the bytes of a page', async () => {
  const store = makeNotificationStore(dynamo.table);
  const expired = { expiresAt: Math.floor(clock.now() / 1000), body: 'x'.repeat(250_000) };
  for (let n = 0; n < 60; n += 1) await store.create(makeNotification({ tenant: 'expired', createdAt: n, ...expired }));
  const counted = countRead();
  expect(await store.list({ tenant: 'expired', limit: 100 })).toEqual({ items: [], next: expect.any(String) });
  expect(counted.records).toBeLessThan(30);
});

it('a small page with a filter that nothing passes costs few rounds, not one for each record', async () => {
  const counted = { queries: 0 };
  dynamo.client.middlewareStack.add(
    (next) => (request) => {
      if ('KeyConditionExpression' in (request.input as QueryCommand['input'])) counted.queries += 1;
      return next(request);
    },
    { step: 'initialize' },
  );
  const store = makeNotificationStore(dynamo.table);
  const page = await store.list({ tenant: 'default', limit: 1, matches: () => false });
  expect(page).toEqual({ items: [] });
  expect(counted.queries).toBeLessThan(100);
});
