import { makeDeadLetterPorts, makeRedriveRunner } from '../../testing/dead-letters.ts';
import { makeDeadLetterService } from '../service.ts';

export const tenant = 'default';

export const setUp = () => {
  const ports = makeDeadLetterPorts();
  const at = ports.clock.now() - 1_000;
  const order = makeDeadLetterService(ports).redrive;
  return { ports, at, order, service: makeRedriveRunner(ports), job: (id: string) => ports.stored.jobs.read(id) };
};
