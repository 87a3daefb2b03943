import { describe, expect, it, vi } from 'vitest';
import type { SendResult } from '../channels/channel.ts';
import type { Notification } from '../notifications/notification.ts';
import { makeNotificationService } from '../notifications/service.ts';
import { makeReconcileService } from '../notifications/workers/reconcile.ts';
import type { DeliverMessage } from '../schema/messages.ts';
import { CHANNEL_TIMEOUT_MS } from '../testing/checkpoint-ports.ts';
import { settled } from '../testing/checkpoints.ts';
import { claimOf } from '../testing/claim.ts';
import { composeBlank } from '../testing/compose.ts';
import { makeMemoryOpenIndex } from '../testing/memory-open-index.ts';
import { makeTestPorts } from '../testing/ports.ts';
import { makeDeliveryService } from './service.ts';

const LEASE_MS = CHANNEL_TIMEOUT_MS + 10_000;
const invocation = { remainingMs: () => 30_000, tenant: 'acme' };

const setUp = () => {
  const ports = makeTestPorts();
  const slept: number[] = [];
  const all = {
    ...ports,
    channelTimeoutMs: CHANNEL_TIMEOUT_MS,
    compose: composeBlank,
    sleep: async (ms: number): Promise<void> => {
      slept.push(ms);
      ports.clock.pass(ms);
    },
  };
  const service = makeNotificationService(all);
  const create = async (inMs = 0, to: object = { email: 'a@example.com' }) => {
    const send_at = new Date(ports.clock.now() + inMs).toISOString();
    const { item } = await service.create({
      input: { notification_type: 'user.signup', entity_id: 'e', send_at, ...to },
      tenant: 'acme',
    });
    const message: DeliverMessage = { kind: 'deliver', id: item.id, seq: item.timerSeq, due: item.dueAt };
    return { item, message };
  };
  const reconcile = () =>
    makeReconcileService({
      ...all,
      open: makeMemoryOpenIndex(ports.memory),
      checkEvent: async () => false,
      checkJob: async () => false,
    }).pass(invocation);
  const read = (id: string): Notification => {
    const item = ports.memory.read(id);
    if (!item) throw new Error(`no ${id}`);
    return item;
  };
  return { ...all, slept, service, create, reconcile, read, delivery: makeDeliveryService(all) };
};

describe('a message, in this order', () => {
  it('is acknowledged and counted when its item has ended, moved on, or gone', async () => {
    const { delivery, create, service, recording, channels, armed } = setUp();
    const canceled = await create();
    await service.cancel({ id: canceled.item.id, tenant: 'acme' });
    await delivery.deliver(canceled.message, invocation);
    const moved = await create();
    await service.edit({ id: moved.item.id, tenant: 'acme', patch: { send_at: '2026-03-02T12:00:00Z' } });
    await delivery.deliver(moved.message, invocation);
    await delivery.deliver({ ...moved.message, id: 'ntf_gone' }, invocation);
    await delivery.deliver({ ...moved.message, due: moved.message.due + 60_000 }, invocation);
    expect(recording.count('timerStale')).toBe(4);
    expect(channels.email.sent).toEqual([]);
    expect(armed).toHaveLength(3);
  });

  it('that is early by a second or more is sent again with its own seq, for the time that the item says', async () => {
    const { delivery, create, armed, channels, slept } = setUp();
    const { message, item } = await create(1_000);
    await delivery.deliver(message, invocation);
    expect(armed.at(-1)).toEqual({ id: item.id, tenant: item.tenant, seq: 1, due: item.dueAt });
    const wrong = await create(60_000);
    await delivery.deliver({ ...wrong.message, due: 0 }, invocation);
    expect(armed.at(-1)).toEqual({ id: wrong.item.id, tenant: wrong.item.tenant, seq: 1, due: wrong.item.dueAt });
    expect([channels.email.sent, slept]).toEqual([[], []]);
  });

  it('that an entry fires minutes early is sent again unread, and judged at its time', async () => {
    const { delivery, create, service, armed, notifications, recording, clock, channels } = setUp();
    const reads = vi.spyOn(notifications, 'get');
    const { message, item } = await create(600_000);
    const fired = { ...message, tenant: 'acme' };
    await delivery.deliver(fired, { ...invocation, tenant: 'default' });
    expect(reads).not.toHaveBeenCalled();
    expect(armed.at(-1)).toEqual({ id: item.id, tenant: 'acme', seq: 1, due: item.dueAt });
    await service.cancel({ id: item.id, tenant: 'acme' });
    await delivery.deliver(fired, invocation);
    expect(armed.at(-1)).toEqual({ id: item.id, tenant: 'acme', seq: 1, due: item.dueAt });
    clock.pass(600_000);
    await delivery.deliver(message, invocation);
    expect([recording.count('timerStale'), channels.email.sent]).toEqual([1, []]);
  });

  it('that an entry fires too early for a delay is read, and goes by way of the timer', async () => {
    const { delivery, create, armed, notifications } = setUp();
    const reads = vi.spyOn(notifications, 'get');
    const { message, item } = await create(901_000);
    await delivery.deliver({ ...message, tenant: 'acme' }, { ...invocation, tenant: 'default' });
    expect(reads).toHaveBeenCalledTimes(1);
    expect(armed.at(-1)).toEqual({ id: item.id, tenant: 'acme', seq: 1, due: item.dueAt });
  });

  it('of bulk that is early is sent again as bulk, whatever its message and its queue say', async () => {
    const { delivery, create, armed } = setUp();
    const { message, item } = await create(60_000, { email: 'a@example.com', priority: 'bulk' });
    expect(armed).toEqual([{ id: item.id, tenant: 'acme', seq: 1, due: item.dueAt, priority: 'bulk' }]);
    await delivery.deliver(message, { ...invocation, tenant: 'default' });
    expect(armed.at(-1)).toEqual(armed[0]);
  });

  it('of bulk enters its receiver’s limits as bulk, and is bulk when it is tried again', async () => {
    const { delivery, create, armed, channels, receiverLimits } = setUp();
    channels.email.state.answer = () => ({ outcome: 'retry', error: 'http_503' });
    const { message } = await create(0, { email: 'a@example.com', priority: 'bulk' });
    await delivery.deliver(message, invocation);
    expect(receiverLimits.entered).toMatchObject([{ tenant: 'acme', priority: 'bulk' }]);
    expect(armed.at(-1)).toMatchObject({ seq: 2, priority: 'bulk' });
  });

  it('that is early by less is held until its very millisecond', async () => {
    const { delivery, create, channels, slept, clock, read } = setUp();
    const { message, item } = await create(999);
    await delivery.deliver(message, invocation);
    expect(slept).toEqual([999]);
    expect(clock.now()).toBe(item.dueAt);
    expect(channels.email.sent).toHaveLength(1);
    expect(read(item.id).attempts[0]?.latenessMs).toBe(0);
  });

  it('goes back unclaimed when too little of the invocation is left', async () => {
    const { delivery, create, read } = setUp();
    const { message, item } = await create();
    await expect(
      delivery.deliver(message, { ...invocation, remainingMs: () => CHANNEL_TIMEOUT_MS + 4_999 }),
    ).rejects.toThrow('unclaimed');
    expect(read(item.id)).toEqual(item);
  });

  it('lost to a live lease is acknowledged and changes nothing', async () => {
    const { delivery, create, notifications, clock, channels, read } = setUp();
    const { message, item } = await create();
    await notifications.claim(claimOf(item, clock, 'other'));
    await delivery.deliver(message, invocation);
    expect(channels.email.sent).toEqual([]);
    expect(read(item.id).lease?.id).toBe('other');
  });

  it('delivered twice at once leads to one attempt', async () => {
    const { delivery, create, channels, read } = setUp();
    const { message, item } = await create();
    await Promise.all([1, 2, 3].map(() => delivery.deliver(message, invocation)));
    expect(channels.email.sent).toHaveLength(1);
    expect(read(item.id)).toMatchObject({ status: 'SENT', version: 3, attempts: [{ number: 1, outcome: 'sent' }] });
  });
});

describe('an attempt', () => {
  it('on one channel does not depend on the others: one throws, one cannot be composed, one is sent', async () => {
    const kit = setUp();
    kit.channels.sms.state.answer = () => {
      throw new Error('a bug');
    };
    const delivery = makeDeliveryService({
      ...kit,
      compose: (item, channel, to) => {
        if (channel === 'email') throw new Error('cannot be said');
        return kit.compose(item, channel, to);
      },
    });
    const { message, item } = await kit.create(0, {
      email: 'a@example.com',
      phone: '9999912345',
      webhook_url: 'http://127.0.0.1:1/',
    });
    await delivery.deliver(message, invocation);
    expect(kit.read(item.id)).toMatchObject({
      status: 'RETRYING',
      channels: {
        email: { state: 'retrying', lastError: 'channel_error' },
        sms: { state: 'retrying', lastError: 'channel_error' },
        webhook: { state: 'sent' },
      },
    });
    expect(kit.armed.at(-1)).toMatchObject({ seq: 2, due: kit.clock.now() + 5_000 });
  });

  it('that never settles counts as timed out, and the rest is recorded', async () => {
    const kit = setUp();
    kit.channels.sms.state.answer = () => new Promise<SendResult>(() => undefined);
    const { message, item } = await kit.create(0, { phone: '9999912345' });
    vi.useFakeTimers();
    const delivered = kit.delivery.deliver(message, invocation).finally(() => vi.useRealTimers());
    await vi.advanceTimersByTimeAsync(CHANNEL_TIMEOUT_MS + 1_000);
    await delivered;
    expect(kit.read(item.id).attempts).toMatchObject([{ outcome: 'retry', error: 'timeout' }]);
  });

  it('made late by a jump of the clock is late on the record and left out of the histogram', async () => {
    const kit = setUp();
    const first = await kit.create(60_000);
    const second = await kit.create(86_400_000);
    kit.clock.advance(3_600_000);
    await kit.delivery.deliver(first.message, invocation);
    expect(kit.read(first.item.id).attempts[0]?.latenessMs).toBe(3_540_000);
    expect(kit.recording.count('lateness')).toBe(0);
    kit.clock.pass(82_800_025);
    await kit.delivery.deliver(second.message, invocation);
    expect(kit.recording.calls.filter(({ verb }) => verb === 'lateness')).toEqual([
      { verb: 'lateness', args: [0.025] },
    ]);
  });
});

describe('3. No duplicate is caused by us: a frozen worker', () => {
  const frozenAfterClaim = async (
    freeze: (kit: ReturnType<typeof setUp>) => Partial<ReturnType<typeof setUp>['clock']>,
  ) => {
    const kit = setUp();
    const { message, item } = await kit.create();
    let clock: typeof kit.clock = kit.clock;
    const notifications = {
      ...kit.notifications,
      claim: async (request: Parameters<typeof kit.notifications.claim>[0]) => {
        const claimed = await kit.notifications.claim(request);
        clock = { ...kit.clock, ...freeze(kit) };
        return claimed;
      },
    };
    const moving = {
      now: () => clock.now(),
      real: () => clock.real(),
      monotonic: () => clock.monotonic(),
      jumpedTo: () => 0,
    };
    const delivery = makeDeliveryService({ ...kit, clock: moving, notifications });
    await expect(delivery.deliver(message, invocation)).rejects.toThrow('held up after its claim');
    expect(kit.channels.email.sent).toEqual([]);
    kit.clock.pass(120_000);
    await kit.reconcile();
    expect(kit.read(item.id)).toMatchObject({
      status: 'RETRYING',
      attempts: [{ outcome: 'unknown', error: 'worker_lost' }],
    });
  };

  it('between claim and send sends nothing, when only the wall clock shows it', () =>
    frozenAfterClaim(({ clock }) => ({ real: () => clock.real() + 5_001 })));

  it('between claim and send sends nothing, when only the monotonic clock shows it', () =>
    frozenAfterClaim(({ clock }) => ({ monotonic: () => clock.monotonic() + 5_001 })));

  it('between send and finish loses its finish to the takeover, and overwrites nothing', async () => {
    const kit = setUp();
    const { message, item } = await kit.create();
    let answer: (result: SendResult) => void = () => undefined;
    const first = new Promise<SendResult>((resolve) => {
      answer = resolve;
    });
    kit.channels.email.state.answer = () => first;
    const late = kit.delivery.deliver(message, invocation);
    await settled();
    kit.clock.pass(LEASE_MS + 60_000);
    await kit.reconcile();
    const taken = kit.read(item.id);
    expect(taken).toMatchObject({ status: 'RETRYING', timerSeq: 2, attempts: [{ outcome: 'unknown' }] });

    // Meanwhile the next attempt is in flight, with a lease of its own.
    kit.clock.pass(60_000);
    kit.channels.email.state.answer = () => new Promise<SendResult>(() => undefined);
    void kit.delivery.deliver({ ...message, seq: 2, due: taken.dueAt }, invocation);
    await settled();
    const under = kit.read(item.id);
    expect(under.status).toBe('SENDING');
    answer({ outcome: 'sent' });
    await late;
    expect(kit.read(item.id)).toEqual(under);
    expect(kit.channels.email.sent).toHaveLength(2);
  });
});

describe('4. An attempt is recorded before its message is acknowledged', () => {
  it('is tried until it succeeds, and recorded once when its answer was lost', async () => {
    const kit = setUp();
    const { message, item } = await kit.create();
    const faults = ['before', 'after', 'before'];
    const notifications = {
      ...kit.notifications,
      replace: async (next: Notification, expected: string) => {
        const fault = faults.shift();
        if (fault === 'before') throw new Error('down');
        const result = await kit.notifications.replace(next, expected);
        if (fault === 'after') throw new Error('answer lost');
        return result;
      },
    };
    await makeDeliveryService({ ...kit, notifications }).deliver(message, invocation);
    expect(kit.read(item.id)).toMatchObject({ status: 'SENT', version: 3, attempts: [{ number: 1 }] });
    expect(kit.slept).toEqual([200, 200, 200]);
  });

  it('fails its message when the invocation ends first', async () => {
    const kit = setUp();
    const { message } = await kit.create();
    const notifications = { ...kit.notifications, replace: () => Promise.reject(new Error('down')) };
    const began = kit.clock.real();
    const remainingMs = () => 30_000 - (kit.clock.real() - began);
    await expect(
      makeDeliveryService({ ...kit, notifications }).deliver(message, { ...invocation, remainingMs }),
    ).rejects.toThrow('down');
    expect(remainingMs()).toBeLessThan(400);
  });
});
