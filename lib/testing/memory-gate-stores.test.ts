import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { gateStoresConform } from './gate-stores.conformance.ts';
import { makeMemoryGateStores } from './memory-gate-stores.ts';

describe('the stores of receivers’ limits in memory', () => {
  const stores = makeMemoryGateStores();
  gateStoresConform({
    clock: makeTestClock(),
    circuits: () => stores.circuits,
    rates: () => stores.rates,
    slots: () => stores.slots,
  });
});
