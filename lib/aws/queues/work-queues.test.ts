import { expect, it } from 'vitest';
import type { Outgoing } from './sender.ts';
import { makeWorkQueues } from './work-queues.ts';

it("sends jobs on as their tenant's, so that one with many does not stand before others", async () => {
  const sent: Outgoing[] = [];
  const send = async (message: Outgoing): Promise<void> => void sent.push(message);
  const queues = makeWorkQueues({ events: send, replay: send, byName: () => send });
  await queues.job({ id: 'job_1', tenant: 'acme' }, 'replay', 1);
  await queues.job({ id: 'era_1', tenant: 'globex' }, 'erase', 5);
  await queues.processEvents([{ id: 'evt_1', tenant: 'acme' }]);
  expect(sent).toEqual([
    { body: { kind: 'replay', id: 'job_1' }, delaySeconds: 1, tenant: 'acme' },
    { body: { kind: 'erase', id: 'era_1' }, delaySeconds: 5, tenant: 'globex' },
    { body: { kind: 'process', id: 'evt_1' }, tenant: 'acme' },
  ]);
});
