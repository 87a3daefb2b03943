import type { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTestClock } from '../testing/clock.ts';
import { makeNotification } from '../testing/notification-store.conformance.ts';
import { type DynamoFixture, startDynamo } from './dynamodb.fixture.ts';
import { makeNotificationStore } from './notification-store.ts';

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
