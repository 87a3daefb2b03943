/** Whatever interleaves with whatever, and whatever fails: an answer holds, and nothing is made twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FAULTS, settled } from '../testing/checkpoints.ts';
import { makeScheduleWorld, type ScheduleWorld, TENANT } from '../testing/schedule-world.ts';

const MINUTE_MS = 60_000;

const patches = fc.constantFrom(
  { paused: true },
  { paused: false },
  { cron: '0 9 * * *' },
  { cron: '*/20 8-10 * * *', paused: false },
  { timezone: 'Asia/Tokyo' },
  { notification: { body: 'One' } },
  { notification: { body: 'Two', email: 'other@example.com' }, paused: false },
  { count: 3 },
  { count: null },
  { end: '2026-03-04' },
  { end: null, misfire: 'skip' },
);
const actions = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('patch' as const), patch: patches }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('plan' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const) }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('step' as const),
      which: fc.nat(20),
      how: fc.oneof({ weight: 12, arbitrary: fc.constant('pass' as const) }, fc.constantFrom(...FAULTS)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass time' as const),
      minutes: fc.constantFrom(1, 3, 20, 60, 1_440, 4_000),
      toNext: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel one' as const) }) },
);
type Action = typeof actions extends fc.Arbitrary<infer A> ? A : never;

const carryOut = async (world: ScheduleWorld, action: Action): Promise<void> => {
  const address = { id: world.schedule()?.id ?? '', tenant: TENANT };
  if (action.do === 'patch')
    world.api('patch', (service) => service.patch({ ...address, patch: action.patch as never }));
  if (action.do === 'remove') world.api('remove', (service) => service.remove(address));
  if (action.do === 'plan') world.plan();
  if (action.do === 'claim') await world.claimDue();
  if (action.do === 'cancel one') await world.cancelOne(world.occurrences().at(-1)?.id ?? '');
  if (action.do === 'pass time') {
    const next = world.schedule()?.occurrence?.at ?? 0;
    const untilNext = next - world.clock.now();
    world.clock.pass(action.toNext && untilNext > 0 ? untilNext : action.minutes * MINUTE_MS);
  }
  if (action.do === 'step') {
    const { waiting } = world.checkpoints;
    waiting[action.which % Math.max(1, waiting.length)]?.open(action.how);
  }
  await settled();
};

const drain = async (world: ScheduleWorld): Promise<void> => {
  for (await settled(); world.checkpoints.waiting[0]; await settled()) world.checkpoints.waiting[0].open('pass');
};

it('the planned occurrence is the only one ahead, no instant is sent twice, and every answer holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(actions, { maxLength: 80, size: 'max' }), async (all) => {
      const world = makeScheduleWorld();
      world.api('create', world.create());
      await drain(world);
      for (const action of all) await carryOut(world, action);
      await drain(world);
      await world.claimDue();
      for (let minute = 0; minute < 3; minute += 1) {
        world.clock.pass(MINUTE_MS);
        world.plan();
        await drain(world);
        await world.claimDue();
      }
      world.law(world.checkRest);
      expect(world.broken).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
