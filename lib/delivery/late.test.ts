/** What is too late to be sent, before its claim and after it. */
import { describe, expect, it } from 'vitest';
import type { NewNotification, Notification } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { viewNotification } from '../notifications/view.ts';
import { CHANNEL_TIMEOUT_MS } from '../testing/checkpoint-ports.ts';
import { composeBlank } from '../testing/compose.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

const HOUR_MS = 3_600_000;
const tenant = 'acme';
const invocation = { remainingMs: () => 30_000, tenant };
/** The clock begins at 12:00. */
const LUNCH = { from: '12:00', until: '13:00' };

const setUp = async (bounds: Partial<NewNotification>) => {
  const ports = makeTestPorts();
  const released: unknown[] = [];
  const asking: { ms: number; outcome: 'pass' | 'failed' } = { ms: 0, outcome: 'pass' };
  const all = {
    ...ports,
    channelTimeoutMs: CHANNEL_TIMEOUT_MS,
    receiverLimits: {
      enter: async ({ to }: { to: string }) => {
        ports.clock.pass(asking.ms);
        if (asking.outcome === 'failed') return { outcome: 'failed' as const, error: 'endpoint_deleted' as const };
        return { outcome: 'pass' as const, to, release: async (...with_: unknown[]) => void released.push(with_) };
      },
    },
    compose: composeBlank,
  };
  const service = makeNotificationService(all);
  const send_at = new Date(ports.clock.now()).toISOString();
  const body = { notification_type: 'user.signup', entity_id: 'e', send_at, webhook_url: 'http://127.0.0.1:1/' };
  const { item } = await service.create({ input: { ...body, ...bounds }, tenant });
  const delivery = makeDeliveryService(all);
  const deliver = async () => {
    const { id, timerSeq, dueAt } = ports.memory.read(item.id) ?? item;
    await delivery.deliver({ kind: 'deliver', id, seq: timerSeq, due: dueAt }, invocation);
    return ports.memory.read(id) as Notification;
  };
  return { ...all, item, service, delivery, deliver, released, asking };
};

describe('a claim after the window has closed', () => {
  it('is not given: it waits for the next one with a timer of its own, and is counted', async () => {
    const { clock, deliver, item, armed, recording, channels, logged } = await setUp({ window: LUNCH });
    clock.pass(HOUR_MS);
    const after = await deliver();
    expect(after).toMatchObject({ status: 'PENDING', timerSeq: 2, dueAt: item.dueAt + 24 * HOUR_MS });
    expect([after.firstClaimedAt, after.lease, channels.webhook.sent]).toEqual([undefined, undefined, []]);
    expect(armed.at(-1)).toEqual({ id: item.id, tenant, seq: 2, due: after.dueAt });
    expect(recording.calls).toContainEqual({ verb: 'deliveryDeferred', args: [{ reason: 'window' }] });
    const line = { notification_id: item.id, reason: 'window' };
    expect(logged).toContainEqual({ level: 'info', message: 'delivery.deferred', fields: line });
  });

  it('leaves it to be canceled with 200, and its old timers do nothing', async () => {
    const { clock, deliver, item, service, delivery, recording } = await setUp({ window: LUNCH });
    clock.pass(HOUR_MS);
    await deliver();
    await delivery.deliver({ kind: 'deliver', id: item.id, seq: 1, due: item.dueAt }, invocation);
    expect(recording.count('timerStale')).toBe(1);
    expect(await service.cancel({ id: item.id, tenant })).toMatchObject({ status: 'CANCELED' });
  });

  it('by two workers at once moves it once; the other counts a stale timer', async () => {
    const { clock, deliver, memory, item, recording } = await setUp({ window: LUNCH });
    clock.pass(HOUR_MS);
    await Promise.all([deliver(), deliver()]);
    expect(memory.read(item.id)).toMatchObject({ timerSeq: 2, version: 2 });
    expect([recording.count('deliveryDeferred'), recording.count('timerStale')]).toEqual([1, 1]);
  });

  it('cancels what its window drops', async () => {
    const { clock, deliver, recording } = await setUp({ window: { ...LUNCH, outside: 'drop' } });
    clock.pass(HOUR_MS);
    expect(await deliver()).toMatchObject({ status: 'CANCELED', statusReason: 'window' });
    expect([recording.count('notificationCanceled'), recording.count('notificationFailed')]).toEqual([1, 0]);
  });
});

describe('a claim after it has expired', () => {
  it('ends it FAILED, listed as dead by that reason, without an attempt', async () => {
    const { clock, deliver, recording, channels } = await setUp({ expires_after: 'PT5M' });
    clock.pass(300_000);
    const after = await deliver();
    expect(after).toMatchObject({ status: 'FAILED', statusReason: 'expired', attempts: [] });
    expect(recording.calls).toContainEqual({ verb: 'notificationFailed', args: [{ reason: 'expired' }] });
    expect(recording.calls).toContainEqual({ verb: 'deadLetter', args: [{ kind: 'delivery' }] });
    expect(channels.webhook.sent).toEqual([]);
    expect(viewNotification(after)).toMatchObject({
      ...{ status_reason: 'expired', channels: { webhook: { state: 'failed', attempts: 0, last_error: 'expired' } } },
    });
  });

  it('is refused to every command that would bring it back', async () => {
    const { clock, deliver, item, service } = await setUp({ expires_after: 'PT5M' });
    clock.pass(300_000);
    await deliver();
    const address = { id: item.id, tenant };
    for (const command of ['cancel', 'retry', 'stop'] as const)
      await expect(service[command](address)).rejects.toMatchObject({ code: 'already-ended' });
  });
});

describe('judged again right before the send', () => {
  it('is put off when its window closes while its receiver’s limits are asked: no attempt, the place given back', async () => {
    const { clock, deliver, asking, item, channels, released, recording } = await setUp({ window: LUNCH });
    clock.pass(HOUR_MS - 1_000);
    asking.ms = 1_000;
    const after = await deliver();
    expect(after).toMatchObject({ status: 'RETRYING', attempts: [], dueAt: item.dueAt + 24 * HOUR_MS });
    expect(after.channels.webhook).toMatchObject({ state: 'retrying', attempts: 0, lastError: 'window' });
    expect([channels.webhook.sent, released]).toEqual([[], [[]]]);
    expect(recording.calls).toContainEqual({ verb: 'deliveryDeferred', args: [{ reason: 'window' }] });
    expect(recording.count('attempt') + recording.count('lateness')).toBe(0);
  });

  it('ends `expired` when it expires meanwhile', async () => {
    const { deliver, asking, channels, released } = await setUp({ expires_after: 'PT1S' });
    asking.ms = 1_000;
    const after = await deliver();
    expect(after).toMatchObject({ status: 'FAILED', statusReason: 'expired', attempts: [] });
    expect([channels.webhook.sent, released]).toEqual([[], [[]]]);
  });

  it('is sent a millisecond before', async () => {
    const { deliver, asking, channels } = await setUp({ expires_after: 'PT1S', window: LUNCH });
    asking.ms = 999;
    expect(await deliver()).toMatchObject({ status: 'SENT', attempts: [{ latenessMs: 999 }] });
    expect(channels.webhook.sent).toHaveLength(1);
  });

  it('records no attempt, either, at a receiver that is gone', async () => {
    const { clock, deliver, asking } = await setUp({ window: LUNCH });
    clock.pass(HOUR_MS - 1_000);
    Object.assign(asking, { ms: 1_000, outcome: 'failed' });
    expect(await deliver()).toMatchObject({ status: 'RETRYING', attempts: [] });
  });
});

describe('lateness', () => {
  it('counts from the time to which its window deferred it', async () => {
    const { clock, deliver, recording, channels, item } = await setUp({ window: { from: '14:00', until: '15:00' } });
    clock.pass(2 * HOUR_MS + 40);
    expect(await deliver()).toMatchObject({ status: 'SENT', attempts: [{ latenessMs: 40 }] });
    expect(recording.calls).toContainEqual({ verb: 'lateness', args: [0.04] });
    expect(channels.webhook.sent, 'its receiver sees the same').toMatchObject([{ dueAt: item.sendAt + 2 * HOUR_MS }]);
  });
});
