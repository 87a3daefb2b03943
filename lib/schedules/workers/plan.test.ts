import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { CONTENT, makeSchedulePorts } from '../../testing/schedule.ts';
import { makeScheduleService } from '../service.ts';
import { alternating, makePlanService } from './plan.ts';

const DAY_MS = 86_400_000;
const setUp = () => {
  const ports = makeSchedulePorts();
  const service = makeScheduleService(ports);
  let keys = 0;
  return {
    ...ports,
    service,
    create: async (input: object = {}, tenant = 'acme') => {
      keys += 1;
      const given = { cron: '0 9 * * *', notification: CONTENT, ...input };
      return (await service.create({ input: given, tenant, idempotencyKey: `k${keys}` })).schedule;
    },
    pass: (changes: Partial<typeof ports> = {}, hasTime = () => true) =>
      makePlanService({ ...ports, ...changes }).pass({ hasTime }),
  };
};

describe('a pass', () => {
  it('plans each schedule that is due, once, and hands its occurrence on', async () => {
    const { pass, create, clock, memory, armed } = setUp();
    for (let n = 0; n < 120; n += 1) await create();
    expect(await pass()).toBe(0);
    clock.pass(DAY_MS);
    expect(await pass()).toBe(120);
    expect(memory.all()).toHaveLength(240);
    expect(armed).toHaveLength(240);
    expect(await pass()).toBe(0);
  });

  it('overlapping with another plans each once', async () => {
    const { pass, create, clock, memory } = setUp();
    for (let n = 0; n < 20; n += 1) await create();
    clock.pass(DAY_MS);
    await Promise.all([pass(), pass(), pass()]);
    expect(memory.all()).toHaveLength(40);
  });

  it('needs four calls an occurrence: a read, a write that names it, its own creation, a write that it is done', async () => {
    const { pass, create, clock, schedules, notifications } = setUp();
    await create();
    clock.pass(DAY_MS);
    const calls: string[] = [];
    const counted = <A extends unknown[], T>(name: string, call: (...args: A) => Promise<T>) => {
      return (...args: A): Promise<T> => {
        calls.push(name);
        return call(...args);
      };
    };
    await pass({
      schedules: { ...schedules, get: counted('get', schedules.get), replace: counted('replace', schedules.replace) },
      notifications: {
        ...notifications,
        get: counted('notification.get', notifications.get),
        create: counted('notification.create', notifications.create),
      },
    });
    expect(calls).toEqual(['get', 'replace', 'notification.create', 'replace']);
  });

  it('moves the index once an occurrence: the first write leaves the time to plan as it is', async () => {
    const { pass, create, clock, schedules } = setUp();
    await create();
    clock.pass(DAY_MS);
    const times: (number | undefined)[] = [];
    await pass({
      schedules: {
        ...schedules,
        replace: async (next, expected) => {
          times.push(next.nextCheckAt);
          return schedules.replace(next, expected);
        },
      },
    });
    expect(times).toEqual([Date.parse('2026-03-02T09:00Z'), Date.parse('2026-03-03T09:00Z')]);
  });

  it('catches up by `misfire` after an outage', async () => {
    const { pass, create, clock, memory } = setUp();
    await create({ cron: '*/30 * * * *' });
    await create({ cron: '*/30 * * * *', misfire: 'skip' });
    clock.pass(3 * DAY_MS + 10 * 60_000);
    await pass();
    const made = memory.all().map(({ sendAt, scheduleId }) => [scheduleId, new Date(sendAt).toISOString()]);
    const times = (n: number) => made.filter(([id]) => id === made[n]?.[0]).map(([, time]) => time);
    expect(times(0)).toEqual(['2026-03-01T12:30:00.000Z', '2026-03-04T12:00:00.000Z', '2026-03-04T12:30:00.000Z']);
    expect(times(1)).toEqual(['2026-03-01T12:30:00.000Z', '2026-03-04T12:30:00.000Z']);
  });

  it('goes on by the instants of the schedule, wherever a window or a client has moved an occurrence', async () => {
    const { pass, create, clock, memory } = setUp();
    await create({
      cron: '0 22 * * *',
      notification: { ...CONTENT, window: { from: '09:00', until: '18:00' }, expires_after: 'P1D' },
    });
    clock.pass(10 * 3_600_000);
    expect(await pass()).toBe(1);
    const times = memory.all().map(({ sendAt, dueAt }) => [sendAt, dueAt].map((at) => new Date(at).toISOString()));
    expect(times).toEqual([
      ['2026-03-01T22:00:00.000Z', '2026-03-02T09:00:00.000Z'],
      ['2026-03-02T22:00:00.000Z', '2026-03-03T09:00:00.000Z'],
    ]);
  });

  it('takes the tenants in turn', async () => {
    expect(alternating([], String)).toEqual([]);
    const all = ['a0', 'a1', 'a2', 'b3', 'c4', 'b5'];
    expect(alternating(all, ([tenant = '']) => tenant)).toEqual(['a0', 'b3', 'c4', 'a1', 'b5', 'a2']);
    const { pass, create, clock, schedules } = setUp();
    for (let n = 0; n < 15; n += 1) await create({}, 'crowd');
    const few = await create({}, 'few');
    clock.pass(DAY_MS);
    const read: string[] = [];
    const get = (id: string) => {
      read.push(id);
      return schedules.get(id);
    };
    await pass({ schedules: { ...schedules, get } });
    expect(read.indexOf(few.id)).toBeLessThan(2);
  });

  it('goes on while the index still shows what has been planned', async () => {
    const { pass, create, clock, index, memory } = setUp();
    for (let n = 0; n < 30; n += 1) await create();
    const stale = await index.due(clock.now() + DAY_MS, 100);
    clock.pass(DAY_MS);
    let pages = 0;
    const due = async () => {
      pages += 1;
      return stale.slice(0, pages * 10);
    };
    expect(await pass({ index: { ...index, due } })).toBe(30);
    expect(memory.all()).toHaveLength(60);
  });

  it('goes on when one cannot be handled, and looks at that one again ten minutes later', async () => {
    const { pass, create, clock, schedules, memory, recording } = setUp();
    const bad = await create();
    await create();
    clock.pass(DAY_MS);
    const unreadable = {
      schedules: {
        ...schedules,
        get: async (id: string) => {
          if (id === bad.id) throw new Error('cannot be decrypted');
          return schedules.get(id);
        },
      },
    };
    expect(await pass(unreadable)).toBe(1);
    expect(recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'postponed' }] });
    expect(await pass()).toBe(0);
    clock.pass(10 * 60_000);
    expect(await pass()).toBe(1);
    expect(memory.all()).toHaveLength(4);
  });

  it('leaves during an outage what is due as it is: the next pass has it, without a pause', async () => {
    const { pass, create, clock, notifications, memory, recording } = setUp();
    await create();
    clock.pass(DAY_MS);
    const away = async () => {
      throw new ServiceError('unavailable', 'away');
    };
    expect(await pass({ notifications: { ...notifications, create: away } })).toBe(0);
    expect(await pass()).toBe(1);
    expect(memory.all()).toHaveLength(2);
    expect(recording.calls).toContainEqual({ verb: 'reconciled', args: [{ kind: 'schedule' }] });
  });

  it('ends when there is no time left', async () => {
    const { pass, create, clock } = setUp();
    for (let n = 0; n < 30; n += 1) await create();
    clock.pass(DAY_MS);
    let asked = 0;
    const moved = await pass({}, () => {
      asked += 1;
      return asked < 10;
    });
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(30);
  });
});
