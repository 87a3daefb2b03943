/**
 * What a receiver's answer leaves behind: where it redirected to, and a body that goes on after its
 * status.
 */
import { describe, expect, it } from 'vitest';
import type { Channel, SendResult } from '../channels/channel.ts';
import { viewDeadLetter } from '../dead-letters/dead-letter.ts';
import type { Notification } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { viewNotification } from '../notifications/view.ts';
import { composeBlank } from '../testing/compose.ts';
import { makeTestPorts, RETRY_SCHEDULE_SECONDS } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

const invocation = { remainingMs: () => 30_000, tenant: 'acme' };
const ORIGIN = 'https://new.example.com';
const MOVED: SendResult = { outcome: 'retry', error: 'http_308', httpStatus: 308, redirectedTo: ORIGIN };

const setUp = async (send: Channel['send'], channelTimeoutMs = 15_000) => {
  const ports = makeTestPorts();
  const channels = { ...ports.channels, webhook: { name: 'webhook' as const, send } };
  const delivery = makeDeliveryService({ ...ports, channels, compose: composeBlank, channelTimeoutMs });
  const send_at = new Date(ports.clock.now()).toISOString();
  const input = { notification_type: 'custom', entity_id: 'e', send_at, webhook_url: 'https://hooks.example.com/' };
  const { id } = (await makeNotificationService(ports).create({ input, tenant: 'acme' })).item;
  const read = (): Notification => ports.memory.read(id) as Notification;
  const deliver = () => {
    const { timerSeq: seq, dueAt: due } = read();
    ports.clock.pass(Math.max(0, due - ports.clock.now()));
    return delivery.deliver({ kind: 'deliver', id, seq, due }, invocation);
  };
  return { ...ports, read, deliver, webhook: () => viewNotification(read()).channels.webhook };
};

describe('a redirect that is tried again', () => {
  it('is named in last_error alone: no attempt, log line, metric or dead letter says where it points', async () => {
    const { deliver, read, webhook, logged, recording } = await setUp(async () => MOVED);
    for (const _ of RETRY_SCHEDULE_SECONDS) await deliver();
    expect(read()).toMatchObject({
      status: 'FAILED',
      attempts: RETRY_SCHEDULE_SECONDS.map(() => ({ error: 'http_308' })),
    });
    expect(webhook()).toMatchObject({ state: 'failed', last_error: `http_308 to ${ORIGIN}` });
    expect(viewDeadLetter({ of: 'notification', item: read() }).reason).toBe('http_308');
    expect(recording.calls).toContainEqual({ verb: 'notificationFailed', args: [{ reason: 'http_308' }] });
    expect(JSON.stringify([logged, recording.calls, read().attempts])).not.toContain(ORIGIN);
  });

  it('is forgotten with the next attempt, and not shown beside a reason of our own', async () => {
    const results: SendResult[] = [MOVED, MOVED, { outcome: 'retry', error: 'http_307', httpStatus: 307 }];
    const { deliver, receiverLimits, webhook, clock } = await setUp(async () => results.shift() ?? { outcome: 'sent' });
    await deliver();
    receiverLimits.state.answer = () => ({ outcome: 'deferred', error: 'circuit_open', until: clock.now() + 1 });
    await deliver();
    expect(webhook()).toMatchObject({ last_error: 'circuit_open' });
    receiverLimits.state.answer = receiverLimits.pass;
    await deliver();
    expect(webhook()).toMatchObject({ last_error: `http_308 to ${ORIGIN}` });
    await deliver();
    expect(webhook()).toMatchObject({ last_error: 'http_307' });
    await deliver();
    expect(webhook()).toEqual({ state: 'sent', attempts: 4 });
  });
});

describe('an answer that goes on after its status', () => {
  it('is recorded by its status; its receiver’s place and the invocation are kept until it ends', async () => {
    const body = Promise.withResolvers<void>();
    const kit = await setUp(async (_message, { waitUntil }) => {
      waitUntil?.(body.promise);
      return { outcome: 'sent' };
    });
    let isOver = false;
    const delivering = kit.deliver().then(() => {
      isOver = true;
    });
    await expect.poll(() => kit.read().status).toBe('SENT');
    expect([kit.receiverLimits.left, isOver]).toEqual([[], false]);
    body.resolve();
    await delivering;
    expect(kit.receiverLimits.left).toEqual([{ outcome: 'sent' }]);
  });

  it('has until the attempt’s own time is over', async () => {
    const { deliver, receiverLimits, read } = await setUp(async (_message, { signal, waitUntil }) => {
      waitUntil?.(new Promise((resolve) => signal.addEventListener('abort', () => resolve())));
      return { outcome: 'sent' };
    }, 20);
    const left: unknown[] = [];
    receiverLimits.state.answer = ({ to }) => ({
      outcome: 'pass',
      to,
      release: async (...outcome) => void left.push(...outcome),
    });
    await deliver();
    expect(read().status).toBe('SENT');
    expect(left).toEqual([{ outcome: 'sent' }, { isCut: true }]);
  });
});
