/**
 * What the tests of receiver limits share: an endpoint, the stores of its limits in memory, and
 * workers over them.
 */

import type { SendResult } from '../../channels/channel.ts';
import type { Endpoint } from '../../endpoints/endpoint.ts';
import { createEndpoint } from '../../endpoints/state/endpoint-state.ts';
import { makeKeys } from '../../schema/signing-keys.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { makeMemoryEndpointStore } from '../../testing/memory-endpoint-store.ts';
import { makeMemoryLimitStores } from '../../testing/memory-limit-stores.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { makeReceiverLimits, type ReceiverLimitPorts } from './receiver-limits.ts';
import type { Entry, EntryRequest } from './repository.ts';

export const ID = `end_${'0'.repeat(26)}`;
export const HOLD_MS = 25_000;
export const HOUR_MS = 3_600_000;
export const SENT: SendResult = { outcome: 'sent', httpStatus: 200 };
export const DOWN: SendResult = { outcome: 'retry', error: 'http_503', httpStatus: 503 };
export const request: EntryRequest = { tenant: 'acme', channel: 'webhook', to: ID };

export const setUp = async (settings: Partial<Endpoint> = {}, changes: Partial<ReceiverLimitPorts> = {}) => {
  const { destinationOf, metrics, recording, log, logged, random } = makeTestPorts();
  const clock = makeTestClock();
  const endpoints = makeMemoryEndpointStore(clock);
  const stores = makeMemoryLimitStores();
  const stamp = () => ({ now: clock.now(), writeId: random.token() });
  const draft = { id: ID, tenant: 'acme', url: 'https://hooks.example.com/a', headers: { 'x-a': 'b' } };
  await endpoints.store.create(createEndpoint({ ...draft, keys: [makeKeys()], ...settings }, stamp()));
  const shared = { clock, destinationOf, random, metrics, log };
  const worker = () =>
    makeReceiverLimits({
      ...shared,
      ...stores,
      endpoints: endpoints.store,
      holdMs: HOLD_MS,
      disableAfterMs: 120 * HOUR_MS,
      ...changes,
    });
  const receiverLimits = worker();
  const change = async (next: (endpoint: Endpoint) => Endpoint): Promise<void> => {
    const before = endpoints.read(ID);
    if (before) await endpoints.store.replace(next(before), before.writeId);
  };
  return { clock, endpoints, stores, stamp, worker, receiverLimits, change, recording, logged, random };
};
export type Scene = Awaited<ReturnType<typeof setUp>>;

export const passed = (entry: Entry): Extract<Entry, { outcome: 'pass' }> => {
  if (entry.outcome !== 'pass') throw new Error(`expected a pass, got ${JSON.stringify(entry)}`);
  return entry;
};
export const put = (entry: Entry) => {
  if (entry.outcome !== 'deferred') throw new Error(`expected a deferral, got ${JSON.stringify(entry)}`);
  return entry;
};
