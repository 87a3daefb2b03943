import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndpointStore } from '../../endpoints/repository.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { makeEndpoint } from '../../testing/endpoint.ts';
import { endpointStoreConforms } from '../../testing/endpoint-store.conformance.ts';
import { endpointMapping } from '../items/endpoint-item.ts';
import { makeEndpointCount, makeEndpointStore } from './endpoint-store.ts';

describe('the endpoint store on DynamoDB', () => {
  const clock = makeTestClock();
  let dynamo: DynamoFixture;
  let store: EndpointStore;

  beforeAll(async () => {
    dynamo = await startDynamo(clock);
    store = makeEndpointStore(dynamo.table);
  });
  afterAll(() => dynamo.stop());

  endpointStoreConforms({ store: () => store, clock });

  it('counts a tenant’s, up to as many as are asked for, and not those that are deleted', async () => {
    const count = makeEndpointCount(dynamo.table);
    for (const n of [1, 2, 3]) await store.create(makeEndpoint({ id: `end_counted_${n}`, tenant: 'counted' }));
    await store.create(makeEndpoint({ id: 'end_gone', tenant: 'counted', deletedAt: clock.now() }));
    expect([await count('counted', 10), await count('counted', 2), await count('unused', 10)]).toEqual([3, 2, 0]);
  });

  it('keeps what is secret in two attributes alone', () => {
    const { secrets, headers, ...rest } = endpointMapping.toItem(
      makeEndpoint({ headers: { authorization: 'Bearer b' } }),
    );
    expect([secrets, headers]).toEqual([expect.stringContaining('whsk_'), '{"authorization":"Bearer b"}']);
    expect(JSON.stringify(rest)).not.toMatch(/whsec_|whsk_|Bearer/);
  });
});
