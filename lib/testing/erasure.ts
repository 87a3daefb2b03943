import { makeErasureWork } from '../erasure/workers/erase.ts';
import { type DeadLetterPorts, makeDeadLetterPorts } from './dead-letters.ts';
import { makeTestRunner } from './jobs.ts';

/** What the tests of erasure start from. */
export const makeErasurePorts = makeDeadLetterPorts;

export const makeErasureRunner = (ports: DeadLetterPorts) => makeTestRunner(ports.jobPorts, makeErasureWork(ports));
