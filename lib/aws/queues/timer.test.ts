import { describe, expect, it } from 'vitest';
import { scheduleMessage } from '../../schema/messages.ts';
import { makeTestClock } from '../../testing/clock.ts';
import type { Outgoing } from './sender.ts';
import { makeTimer } from './timer.ts';

const setUp = () => {
  const clock = makeTestClock();
  const delivery: { body: unknown; delaySeconds: number | undefined }[] = [];
  const schedule: unknown[] = [];
  const tenants: (string | undefined)[] = [];
  const priorities: (string | undefined)[] = [];
  const timer = makeTimer({
    clock,
    sendDelivery: async ({ body, delaySeconds, tenant, priority }: Outgoing) => {
      delivery.push({ body, delaySeconds });
      tenants.push(tenant);
      priorities.push(priority);
    },
    sendSchedule: async ({ body, tenant, priority }: Outgoing) => {
      schedule.push(body);
      tenants.push(tenant);
      priorities.push(priority);
    },
  });
  return {
    clock,
    delivery,
    schedule,
    tenants,
    priorities,
    timer,
    armIn: (ms: number, tenant = 'default') => timer.arm({ id: 'ntf_1', tenant, seq: 3, due: clock.now() + ms }),
  };
};

describe('a timer', () => {
  it('due within 15 minutes, the last millisecond included, goes to the delivery queue', async () => {
    const { armIn, delivery, schedule, clock } = setUp();
    await armIn(900_000);
    expect(delivery).toEqual([
      { body: { kind: 'deliver', id: 'ntf_1', seq: 3, due: clock.now() + 900_000 }, delaySeconds: 900 },
    ]);
    expect(schedule).toEqual([]);
  });

  it('due later goes to the schedule queue, without a delay', async () => {
    const { armIn, delivery, schedule, clock } = setUp();
    await armIn(900_001);
    expect(delivery).toEqual([]);
    expect(schedule).toEqual([{ kind: 'schedule', id: 'ntf_1', seq: 3, due: clock.now() + 900_001 }]);
  });

  it('waits the floor of the remaining seconds, so that its message is never late', async () => {
    const { armIn, delivery } = setUp();
    for (const ms of [-86_400_000, 0, 999, 1_000, 1_999, 899_999]) await armIn(ms);
    expect(delivery.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 0, 1, 1, 899]);
  });

  it('of bulk waits the ceiling, so that its message is never early and no worker holds it', async () => {
    const { timer, delivery, clock } = setUp();
    const bulk = { id: 'ntf_1', tenant: 'acme', seq: 3, priority: 'bulk' as const };
    for (const ms of [-86_400_000, 0, 1, 1_000, 1_001, 899_001, 900_000])
      await timer.arm({ ...bulk, due: clock.now() + ms });
    expect(delivery.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 1, 1, 2, 900, 900]);
  });

  it('says in every message, and to every queue, that it is bulk', async () => {
    const { timer, delivery, schedule, priorities, clock } = setUp();
    const bulk = { id: 'ntf_1', tenant: 'default', seq: 3, priority: 'bulk' as const };
    const [near, far] = [clock.now(), clock.now() + 900_001];
    for (const due of [near, far]) await timer.arm({ ...bulk, due });
    await timer.disarm(bulk);
    expect(delivery[0]?.body).toEqual({ kind: 'deliver', id: 'ntf_1', seq: 3, due: near, priority: 'bulk' });
    expect(schedule[0]).toEqual({ kind: 'schedule', id: 'ntf_1', seq: 3, due: far, priority: 'bulk' });
    expect(priorities).toEqual(['bulk', 'bulk', 'bulk']);
  });

  it('follows business time', async () => {
    const { clock, timer, delivery } = setUp();
    const due = clock.now() + 86_400_000;
    clock.advance(86_400_000 - 5_500);
    await timer.arm({ id: 'ntf_1', tenant: 'default', seq: 1, due });
    expect(delivery[0]?.delaySeconds).toBe(5);
  });

  it('sends again when the clock was advanced while its message was in flight', async () => {
    const clock = makeTestClock();
    const delays: (number | undefined)[] = [];
    const sendDelivery = async ({ delaySeconds }: Outgoing) => {
      delays.push(delaySeconds);
      if (delays.length === 1) clock.advance(50_000);
    };
    const timer = makeTimer({ clock, sendDelivery, sendSchedule: async () => {} });
    await timer.arm({ id: 'ntf_1', tenant: 'default', seq: 1, due: clock.now() + 60_000 });
    expect(delays).toEqual([60, 10]);
  });

  it('tells every queue whose it is, and the schedule Lambda too, whose message of the default tenant is as it always was', async () => {
    const { armIn, timer, tenants, delivery, schedule, clock } = setUp();
    await armIn(1_000, 'acme');
    await armIn(900_001, 'acme');
    await timer.disarm({ id: 'ntf_1', tenant: 'acme', seq: 3 });
    expect(tenants).toEqual(['acme', 'acme', 'acme']);
    expect(delivery[0]?.body).not.toHaveProperty('tenant');
    const due = clock.now() + 900_001;
    const [message] = schedule;
    expect(message).toEqual({ kind: 'schedule', id: 'ntf_1', tenant: 'acme', seq: 3, due });
    expect(scheduleMessage.parse({ kind: 'schedule', id: 'ntf_1', seq: 3, due })).toMatchObject({ tenant: 'default' });
  });

  it('disarmed asks for the deletion of its own entry', async () => {
    const { timer, schedule } = setUp();
    await timer.disarm({ id: 'ntf_1', tenant: 'default', seq: 2 });
    expect(schedule).toEqual([{ kind: 'unschedule', id: 'ntf_1', seq: 2 }]);
  });
});
