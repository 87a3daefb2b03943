import { expect, test } from 'vitest';
import { makeNotificationService } from '../notifications/service.ts';
import { composeBlank } from '../testing/compose.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

test.each([
  ['what one tenant has due at once does not stand before what another has due with it', { tenant: 'quiet' }],
  ['bulk that is due at once does not stand before what its tenant has due with it', { priority: 'normal' as const }],
  ['the same of what entries fire late, whose queue knows no tenant', { tenant: 'quiet' }, 'default'],
])('%s', async (_, quiet, ofQueue?: string) => {
  const ports = makeTestPorts();
  const service = makeNotificationService(ports);
  const claimed: string[] = [];
  const delivery = makeDeliveryService({
    ...ports,
    notifications: {
      ...ports.notifications,
      claim: async (request) => {
        const answer = await ports.notifications.claim(request);
        if (answer.written) claimed.push(answer.item.entityId);
        return answer;
      },
    },
    channelTimeoutMs: 10_000,
    compose: composeBlank,
  });
  const noisy = { tenant: 'noisy', priority: 'bulk' as const };
  const send_at = new Date(ports.clock.now()).toISOString();
  const dueOf = async (entity_id: string) => {
    const { tenant, priority } = { ...noisy, ...(entity_id === 'quiet' && quiet) };
    const input = { notification_type: 'user.signup', entity_id, send_at, email: 'a@example.com', priority };
    const { item } = await service.create({ input, tenant });
    return {
      message: { kind: 'deliver' as const, id: item.id, seq: item.timerSeq, due: item.dueAt, priority },
      tenant,
    };
  };
  const due = await Promise.all([...Array<string>(200).fill('noisy'), 'quiet', 'quiet'].map(dueOf));
  const deliver = ({ message, tenant }: (typeof due)[number]) =>
    ofQueue === undefined
      ? delivery.deliver(message, { remainingMs: () => 30_000, tenant })
      : delivery.deliver({ ...message, tenant }, { remainingMs: () => 30_000, tenant: ofQueue });
  await Promise.all(due.map(deliver));
  expect(claimed).toHaveLength(202);
  expect(claimed.lastIndexOf('quiet')).toBeLessThan(50);
});
