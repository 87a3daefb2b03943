import { afterAll, beforeAll, describe } from 'vitest';
import type { EventStore } from '../../events/repository.ts';
import { random } from '../../platform/random.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { eventStoreConforms } from '../../testing/event-store.conformance.ts';
import { makeEventStore } from './event-store.ts';

describe('the event store on DynamoDB', () => {
  const clock = makeTestClock();
  let dynamo: DynamoFixture;
  let store: EventStore;

  beforeAll(async () => {
    dynamo = await startDynamo(clock);
    store = makeEventStore(dynamo.table, random);
  });
  afterAll(() => dynamo.stop());

  eventStoreConforms({ store: () => store, clock });
});
