import { makeErasureWork } from '../erasure/workers/erase.ts';
import { makeDeadLetterPorts } from './dead-letters.ts';
import { makeTestRunner } from './jobs.ts';
import { makeMemoryScheduleStore } from './memory-schedule-store.ts';

/** What the tests of erasure start from. */
export const makeErasurePorts = () => {
  const ports = makeDeadLetterPorts();
  const schedules = makeMemoryScheduleStore(ports.clock);
  return { ...ports, schedules: schedules.store, stored: { ...ports.stored, schedules } };
};
type ErasurePorts = ReturnType<typeof makeErasurePorts>;

export const makeErasureRunner = (ports: ErasurePorts) => makeTestRunner(ports.jobPorts, makeErasureWork(ports));
