import { describe, expect, it } from 'vitest';
import { ServiceError } from '../../errors.ts';
import { makeScheduleService } from '../../schedules/service.ts';
import { makePlanService } from '../../schedules/workers/plan.ts';
import { makeErasureRunner } from '../../testing/erasure.ts';
import { forever } from '../../testing/jobs.ts';
import { claim, email, setUp, tenant } from './erase.testing.ts';

const DAY_MS = 86_400_000;
const withSchedules = () => {
  const world = setUp();
  const { ports } = world;
  const { count, index } = ports.stored.schedules;
  const service = makeScheduleService({ ...ports, count, schedulesMax: 10 });
  let keys = 0;
  return {
    ...world,
    service,
    schedule: async (changes: object = {}) => {
      keys += 1;
      const notification = { notification_type: 'user.signup', entity_id: 'user-1', email, ...changes };
      const input = { cron: '0 9 * * *', notification };
      return (await service.create({ input, tenant, idempotencyKey: `k${keys}` })).schedule;
    },
    pass: () => makePlanService({ ...ports, index }).pass({ hasTime: () => true }),
    everything: () => world.everything() + JSON.stringify(ports.stored.schedules.raw()),
  };
};

describe('the schedules of a person', () => {
  it.each([
    ['an address', { email }],
    ['an entity', { entity_id: 'user-1' }],
  ])('are removed, by %s, with what they had planned and made', async (_, person) => {
    const { ports, schedule, pass, order, worker, job, everything } = withSchedules();
    const mine = await schedule();
    const other = await schedule({ entity_id: 'user-2', email: 'other@example.com' });
    ports.clock.pass(DAY_MS);
    await pass();
    const { id } = await order({ input: person, tenant });
    await worker.run(id, forever);
    expect(ports.stored.schedules.read(mine.id)).toMatchObject({ deletedAt: expect.any(Number), erasedBy: id });
    expect(ports.stored.schedules.read(other.id)).toMatchObject({ content: { email: 'other@example.com' }, made: 2 });
    const made = ports.stored.notifications.all().filter(({ scheduleId }) => scheduleId === mine.id);
    expect(made.map(({ status, erasedBy }) => [status, erasedBy])).toEqual([
      ['CANCELED', id],
      ['CANCELED', id],
    ]);
    expect(await job({ id, tenant })).toMatchObject({ status: 'DONE', erased: 3 });
    expect(everything()).not.toContain(email);
    ports.clock.pass(DAY_MS);
    await pass();
    expect(ports.stored.notifications.all()).toHaveLength(5);
  });

  it('take along what they made after the order, which no other notification of that age is', async () => {
    const { ports, schedule, pass, order, worker, create } = withSchedules();
    const mine = await schedule();
    const { id } = await order({ input: { email }, tenant });
    ports.clock.pass(DAY_MS);
    await pass();
    const late = await create();
    const later = await schedule();
    await worker.run(id, forever);
    const made = ports.stored.notifications.all().filter(({ scheduleId }) => scheduleId === mine.id);
    expect(made.map(({ erasedBy }) => erasedBy)).toEqual([id, id]);
    expect(ports.stored.notifications.read(late.id)).toEqual(late);
    expect(ports.stored.schedules.read(later.id)).toEqual(later);
  });

  it('are removed while their occurrence is being sent; that one is taken up again', async () => {
    const world = withSchedules();
    const { ports, schedule, order, worker, job } = world;
    const mine = await schedule();
    ports.clock.pass(DAY_MS);
    const occurrence = ports.stored.notifications.all()[0]?.id ?? '';
    await claim(world, occurrence);
    const { id } = await order({ input: { email }, tenant });
    await worker.run(id, forever);
    expect(ports.stored.schedules.read(mine.id)).toMatchObject({ erasedBy: id, pending: { outcome: 'too_late' } });
    expect(await job({ id, tenant })).toMatchObject({ status: 'RUNNING', claimed: [occurrence] });
  });

  it('are counted once, whichever write a crash follows', async () => {
    for (let nth = 1; nth < 8; nth += 1) {
      const { ports, schedule, order, worker, job, everything } = withSchedules();
      await schedule();
      const { id } = await order({ input: { email }, tenant });
      let writes = 0;
      const crashing = <A extends unknown[], T>(write: (...args: A) => Promise<T>) => {
        return async (...args: A): Promise<T> => {
          const result = await write(...args);
          writes += 1;
          if (writes === nth) throw new ServiceError('unavailable', 'crash');
          return result;
        };
      };
      const fragile = makeErasureRunner({
        ...ports,
        schedules: { ...ports.schedules, replace: crashing(ports.schedules.replace) },
        notifications: { ...ports.notifications, replace: crashing(ports.notifications.replace) },
      });
      await fragile.run(id, forever).catch(() => undefined);
      await worker.run(id, forever);
      expect(await job({ id, tenant })).toMatchObject({ status: 'DONE', erased: 2 });
      expect(everything()).not.toContain(email);
    }
  });
});
