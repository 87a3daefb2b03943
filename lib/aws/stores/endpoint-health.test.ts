import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failed } from '../../delivery/limits/circuit.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type DynamoFixture, startDynamo } from '../../testing/dynamodb.ts';
import { freshEndpointId, limitStoresConform } from '../../testing/limit-stores.conformance.ts';
import { makeEndpointHealth } from './endpoint-health.ts';
import { makeSlotStore } from './slot-store.ts';

const clock = makeTestClock();
let dynamo: DynamoFixture;

beforeAll(async () => {
  dynamo = await startDynamo(clock);
});
afterAll(() => dynamo.stop());
/** Each has its own memory, as each worker has. */
const health = () => makeEndpointHealth(dynamo.table, clock);

describe('the stores of receivers’ limits on DynamoDB', () => {
  limitStoresConform({ clock, circuits: health, rates: health, slots: () => makeSlotStore(dynamo.table) });

  it('start again when what they held has expired but is still there', async () => {
    const store = health();
    const id = freshEndpointId();
    const circuit = failed(undefined, { error: 'timeout' }, { now: clock.now(), writeId: 'a' });
    await store.replace(id, circuit, undefined);
    clock.advance(366 * 86_400_000);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.replace(id, { ...circuit, writeId: 'b' }, undefined)).toEqual({ written: true });
    expect((await store.get(id))?.writeId).toBe('b');
  });
});

describe('what the API sees of an endpoint’s health', () => {
  it('is its circuit in its own words, and nothing of one that has no failure', async () => {
    const store = health();
    const [failing, down, well] = [freshEndpointId(), freshEndpointId(), freshEndpointId()];
    const now = clock.now();
    let circuit = failed(undefined, { error: 'http_503' }, { now, writeId: 'a' });
    await store.replace(failing, circuit, undefined);
    for (let n = 0; n < 4; n += 1) circuit = failed(circuit, { error: 'timeout' }, { now, writeId: `b${n}` });
    await store.replace(down, circuit, undefined);
    await store.reserve(well, { now, intervalMs: 100 });
    const seen = () => store.getAll([failing, down, well, freshEndpointId()]);
    expect(await seen()).toEqual(
      new Map([
        [failing, { circuit: 'closed', consecutiveFailures: 1, failingSince: now, lastError: 'http_503' }],
        [
          down,
          {
            circuit: 'open',
            consecutiveFailures: 5,
            failingSince: now,
            lastError: 'timeout',
            nextProbeAt: now + 30_000,
          },
        ],
      ]),
    );
    clock.pass(30_000);
    expect((await seen()).get(down)?.circuit).toBe('half_open');
  });

  it('is forgotten at its wish, and its row kept', async () => {
    const store = health();
    const id = freshEndpointId();
    const now = clock.now();
    await store.reserve(id, { now, intervalMs: 100 });
    await store.forget(id);
    const circuit = failed(undefined, { error: 'timeout' }, { now, writeId: 'a' });
    await store.replace(id, circuit, undefined);
    await store.forget(id);
    expect(await store.get(id)).toBeUndefined();
    expect(await store.reserve(id, { now, intervalMs: 100 })).toBe(now + 100);
  });
});
