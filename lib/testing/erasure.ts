import type { ErasureJob } from '../erasure/erasure-job.ts';
import { makeDeadLetterPorts } from './dead-letters.ts';
import { makeMemoryItems } from './memory-store.ts';

/** What the tests of erasure start from. */
export const makeErasurePorts = () => {
  const ports = makeDeadLetterPorts();
  const erasures = makeMemoryItems<ErasureJob>(ports.clock);
  return { ...ports, erasures: erasures.store, stored: { ...ports.stored, erasures } };
};
