import { expect, test } from 'vitest';
import { makeNotificationService } from '../notifications/service.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

test('what one tenant has due at once does not stand before what another has due with it', async () => {
  const ports = makeTestPorts();
  const service = makeNotificationService(ports);
  const claimed: string[] = [];
  const delivery = makeDeliveryService({
    ...ports,
    notifications: {
      ...ports.notifications,
      claim: async (request) => {
        const answer = await ports.notifications.claim(request);
        if (answer.written) claimed.push(answer.item.tenant);
        return answer;
      },
    },
    channelTimeoutMs: 10_000,
    compose: ({ id, tenant }, _channel, to) => ({ notificationId: id, tenant, to, subject: '', body: '', payload: '' }),
  });
  const send_at = new Date(ports.clock.now()).toISOString();
  const dueOf = async (tenant: string) => {
    const input = { notification_type: 'user.signup', entity_id: 'e', send_at, email: 'a@example.com' };
    const { item } = await service.create({ input, tenant });
    return { message: { kind: 'deliver' as const, id: item.id, seq: item.timerSeq, due: item.dueAt }, tenant };
  };
  const tenants = [...Array<string>(200).fill('noisy'), 'quiet', 'quiet'];
  const due = await Promise.all(tenants.map(dueOf));
  await Promise.all(due.map(({ message, tenant }) => delivery.deliver(message, { remainingMs: () => 30_000, tenant })));
  expect(claimed).toHaveLength(202);
  expect(claimed.lastIndexOf('quiet')).toBeLessThan(50);
});
