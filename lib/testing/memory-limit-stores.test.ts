import { describe } from 'vitest';
import { makeTestClock } from './clock.ts';
import { limitStoresConform } from './limit-stores.conformance.ts';
import { makeMemoryLimitStores } from './memory-limit-stores.ts';

describe('the stores of receivers’ limits in memory', () => {
  const stores = makeMemoryLimitStores();
  limitStoresConform({
    clock: makeTestClock(),
    circuits: () => stores.circuits,
    rates: () => stores.rates,
    slots: () => stores.slots,
  });
});
