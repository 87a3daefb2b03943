import { describe, expect, it } from 'vitest';
import type { SendResult } from '../../channels/channel.ts';
import { makeNotificationService } from '../../notifications/service.ts';
import type { Priority } from '../../schema/priority.ts';
import { composeBlank } from '../../testing/compose.ts';
import { makeTestPorts } from '../../testing/ports.ts';
import { makeDeliveryService } from '../service.ts';
import { memoryOf, RESERVED_BYTES } from './memory-budget.ts';

const CHANNEL_TIMEOUT_MS = 15_000;
const LARGE = 'x'.repeat(60_000);
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
};

/** Receivers that hang until `answer` is called. */
const setUp = () => {
  const ports = makeTestPorts();
  const hanging: (() => void)[] = [];
  ports.channels.email.state.answer = () =>
    new Promise<SendResult>((resolve) => hanging.push(() => resolve({ outcome: 'sent' })));
  const patience = new Map<() => void, number>();
  const service = makeNotificationService(ports);
  const delivery = makeDeliveryService({
    ...ports,
    channelTimeoutMs: CHANNEL_TIMEOUT_MS,
    compose: composeBlank,
    after: (ms, run) => {
      patience.set(run, ms);
      return () => patience.delete(run);
    },
  });
  const due = async (tenant: string, values: number, priority: Priority = 'normal') => {
    const data = Object.fromEntries(Array.from({ length: values }, (_, n) => [`k${n}`, LARGE]));
    const send_at = new Date(ports.clock.now()).toISOString();
    const input = { notification_type: 'user.signup', entity_id: 'e', send_at, email: 'a@example.com', data, priority };
    const { item } = await service.create({ input, tenant });
    ports.armed.length = 0;
    const message = { kind: 'deliver' as const, id: item.id, seq: item.timerSeq, due: item.dueAt, priority };
    return { tenant, message };
  };
  type Due = Awaited<ReturnType<typeof due>>;
  const deliver = ({ tenant, message }: Due, remainingMs = (): number => 30_000) =>
    delivery.deliver(message, { tenant, remainingMs });
  const dueAtOnce = (tenant: string, count: number, values: number, priority?: Priority) =>
    Promise.all(Array.from({ length: count }, () => due(tenant, values, priority)));
  const answer = async (): Promise<void> => {
    for (let more = hanging.splice(0); more.length > 0; more = hanging.splice(0)) {
      for (const one of more) one();
      await settled();
    }
  };
  const stateOf = (id: string) => ports.memory.read(id);
  return { ...ports, due, dueAtOnce, deliver, answer, hanging, patience, stateOf };
};

describe('deliveries due at once', () => {
  it('of 240 KB each are in flight about a hundred at a time, the rest unclaimed, and all are sent in the end', async () => {
    const scene = setUp();
    const all = await scene.dueAtOnce('default', 300, 4);
    const delivering = all.map((one) => scene.deliver(one));
    await settled();
    expect(scene.hanging.length).toBeGreaterThan(80);
    expect(scene.hanging.length).toBeLessThan(160);
    const states = all.map(({ message }) => scene.stateOf(message.id)?.status);
    expect(states.filter((status) => status === 'SENDING')).toHaveLength(scene.hanging.length);
    await scene.answer();
    await Promise.all(delivering);
    expect(scene.recording.count('notificationSent')).toBe(300);
  });

  it('that are small are all in flight', async () => {
    const scene = setUp();
    const delivering = (await scene.dueAtOnce('default', 900, 0)).map((one) => scene.deliver(one));
    await settled();
    expect(scene.hanging).toHaveLength(900);
    await scene.answer();
    await Promise.all(delivering);
  });

  it('of one tenant, large and hanging, leave three quarters of the memory to others', async () => {
    const scene = setUp();
    const [noisy, quiet] = [await scene.dueAtOnce('noisy', 200, 4), await scene.dueAtOnce('quiet', 5, 4)];
    const delivering = noisy.map((one) => scene.deliver(one));
    await settled();
    const before = scene.hanging.length;
    delivering.push(...quiet.map((one) => scene.deliver(one)));
    await settled();
    expect(scene.hanging).toHaveLength(before + 5);
    await scene.answer();
    await Promise.all(delivering);
  });

  it.each(['default', 'acme'])('of %s, bulk and hanging, leave half of the memory to its others', async (tenant) => {
    const scene = setUp();
    const bulk = await scene.dueAtOnce(tenant, 150, 4, 'bulk');
    const delivering = bulk.map((one) => scene.deliver(one));
    await settled();
    const before = scene.hanging.length;
    expect(before).toBeLessThan(150);
    delivering.push(...(await scene.dueAtOnce(tenant, before, 4)).map((one) => scene.deliver(one)));
    await settled();
    expect(scene.hanging).toHaveLength(2 * before);
    await scene.answer();
    await Promise.all(delivering);
  });

  it('give their memory back once recorded, however long the body of the answer goes on', async () => {
    const scene = setUp();
    const bodies: (() => void)[] = [];
    scene.channels.email.state.answer = async (_message, { waitUntil }) => {
      waitUntil?.(new Promise<void>((resolve) => bodies.push(resolve)));
      return { outcome: 'sent' };
    };
    const delivering = (await scene.dueAtOnce('default', 300, 4)).map((one) => scene.deliver(one));
    await settled();
    await settled();
    expect(bodies).toHaveLength(300);
    for (const end of bodies) end();
    await Promise.all(delivering);
  });

  it('that do not fit within their invocation are sent back as they came: no attempt, no failure', async () => {
    const scene = setUp();
    const all = await scene.dueAtOnce('default', 200, 4);
    const delivering = all.map((one) => scene.deliver(one, () => 27_000));
    await settled();
    const waited = [...scene.patience].filter(([, ms]) => ms === 27_000 - CHANNEL_TIMEOUT_MS - 5_000);
    const inFlight = scene.hanging.length;
    for (const [giveUp] of waited) giveUp();
    await settled();
    const back = scene.armed.map(({ id }) => id);
    expect(back).toHaveLength(200 - inFlight);
    for (const { tenant, message } of all.filter((one) => back.includes(one.message.id))) {
      const { kind: _, ...timer } = { ...message, tenant };
      expect(scene.armed).toContainEqual(timer);
      expect(scene.stateOf(message.id)).toMatchObject({ status: 'PENDING', version: 1, attempts: [] });
    }
    const deferred = scene.recording.calls.filter(({ verb }) => verb === 'deliveryDeferred');
    expect(deferred).toHaveLength(back.length);
    await scene.answer();
    await Promise.all(delivering);
  });
});

it('one that waited for its turn to claim until too little of its invocation was left is sent back too', async () => {
  const scene = setUp();
  const { tenant, message } = await scene.due('default', 0);
  const remaining = [20_000, 20_000, 19_999];
  await scene.deliver({ tenant, message }, () => remaining.shift() ?? 0);
  const { kind: _, ...timer } = message;
  expect(scene.armed).toEqual([{ ...timer, tenant }]);
  expect(scene.stateOf(message.id)).toMatchObject({ status: 'PENDING', version: 1 });
});

it('what is reserved before a claim suffices for the largest notification', async () => {
  const scene = setUp();
  const { message } = await scene.due('default', 5);
  const item = scene.stateOf(message.id);
  expect(item && memoryOf(item)).toBeGreaterThan(3 * 5 * 60_000);
  expect(item && memoryOf(item)).toBeLessThan(RESERVED_BYTES);
});
