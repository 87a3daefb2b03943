import { stat } from 'node:fs';
import { expect, test } from 'vitest';
import type { Channel, SendResult } from '../channels/channel.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { composeBlank } from '../testing/compose.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

const TIMEOUT_MS = 50;

/** The process stands still for longer than the channel may take; the answer arrives meanwhile. */
const stall = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * TIMEOUT_MS);

test('an answer that arrived while the process stood still is read before the send counts as timed out', async () => {
  const ports = makeTestPorts();
  const email: Channel = {
    name: 'email',
    send: (_message, { signal }) =>
      new Promise<SendResult>((resolve) => {
        signal.addEventListener('abort', () => resolve({ outcome: 'retry', error: 'timeout' }));
        stat('.', () => resolve({ outcome: 'sent' }));
        stall();
      }),
  };
  const { item } = await makeNotificationService(ports).create({
    input: {
      notification_type: 'user.signup',
      entity_id: 'e',
      send_at: new Date(ports.clock.now()).toISOString(),
      email: 'a@example.com',
    },
    tenant: 'acme',
  });
  const delivery = makeDeliveryService({
    ...ports,
    channels: { ...ports.channels, email },
    channelTimeoutMs: TIMEOUT_MS,
    compose: composeBlank,
  });
  await delivery.deliver(
    { kind: 'deliver', id: item.id, seq: 1, due: item.dueAt },
    { remainingMs: () => 30_000, tenant: 'acme' },
  );
  expect(ports.memory.read(item.id)?.attempts).toMatchObject([{ outcome: 'sent' }]);
});
