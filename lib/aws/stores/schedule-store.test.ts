import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { CONTENT, makeSchedule } from '../../testing/schedule.ts';
import { scheduleStoreConforms } from '../../testing/schedule-store.conformance.ts';
import { scheduleMapping } from '../items/schedule-item.ts';
import { makeOpenIndex, makeScheduleIndex } from './open-index.ts';
import { makeScheduleCount, makeScheduleStore } from './schedule-store.ts';

describe('the schedule store on DynamoDB', () => {
  const clock = makeTestClock();
  let dynamo: DynamoFixture;

  beforeAll(async () => {
    dynamo = await startDynamo(clock);
  });
  afterAll(() => dynamo.stop());

  scheduleStoreConforms({
    store: () => makeScheduleStore(dynamo.table),
    count: () => makeScheduleCount(dynamo.table),
    index: () => makeScheduleIndex(dynamo.table),
    clock,
  });

  it('is apart from what else the reconciler watches, whatever the number of partitions', async () => {
    await makeScheduleStore(dynamo.table).create(makeSchedule({ tenant: 'apart', nextCheckAt: 1 }));
    const all = { assign: async () => ({}), count: async () => 32 };
    expect(await makeOpenIndex(dynamo.table, all).due(clock.now(), 1_000)).toEqual([]);
  });

  it('keeps what it says of a person in one attribute', () => {
    const { notification, ...rest } = scheduleMapping.toItem(makeSchedule());
    expect(notification).toBe(JSON.stringify(CONTENT));
    expect(JSON.stringify(rest)).not.toMatch(/ada@|team-1|Report/);
  });
});
