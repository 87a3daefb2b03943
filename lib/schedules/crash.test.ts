/**
 * Every step of everything that happens to a schedule, with every fault at it; afterwards the
 * reconciler passes, and it must be as if nothing had been.
 */
import { describe, expect, it } from 'vitest';
import { FAULTS, type Passing, settled } from '../testing/checkpoints.ts';
import { makeScheduleWorld, type ScheduleWorld, TENANT } from '../testing/schedule-world.ts';

const DAY_MS = 86_400_000;

/** Lets the checkpoints pass in order; the nth gets the fault. False when there were fewer. */
const runTo = async (world: ScheduleWorld, nth: number, fault: Passing): Promise<boolean> => {
  for (let checkpoint = 0; checkpoint <= nth; checkpoint += 1) {
    await settled();
    const [first] = world.checkpoints.waiting;
    if (!first) return false;
    first.open(checkpoint === nth ? fault : 'pass');
  }
  return true;
};
const drain = async (world: ScheduleWorld): Promise<void> => {
  while (await runTo(world, 0, 'pass'));
};
const rest = async (world: ScheduleWorld): Promise<void> => {
  await drain(world);
  world.clock.pass(60_000);
  world.plan();
  await drain(world);
  world.law(world.checkRest);
  expect(world.broken).toEqual([]);
};

type Command = (world: ScheduleWorld) => void;
const patch =
  (changes: object): Command =>
  (world) =>
    world.api('patch', (service) =>
      service.patch({ id: world.schedule()?.id ?? '', tenant: TENANT, patch: changes as never }),
    );
const remove: Command = (world) =>
  world.api('remove', (service) => service.remove({ id: world.schedule()?.id ?? '', tenant: TENANT }));
const pass: Command = (world) => world.plan();

const created: Command = (world) => world.api('create', world.create());
const due = async (world: ScheduleWorld): Promise<void> => {
  world.clock.advance((world.schedule()?.occurrence?.at ?? 0) - world.clock.now());
  await world.claimDue();
};
const after =
  (...commands: Command[]) =>
  async (world: ScheduleWorld): Promise<void> => {
    for (const command of [created, ...commands]) {
      command(world);
      await drain(world);
    }
  };

const dueOnce = async (world: ScheduleWorld): Promise<void> => {
  await after()(world);
  await due(world);
};
const some = (outcome: unknown) => ({ id: expect.any(String), outcome });

/** What is there before, the step in question, and what is there once it was repeated. */
const scenarios: Record<string, [(world: ScheduleWorld) => Promise<void>, Command, object]> = {
  'a creation': [async () => undefined, created, { made: 1, revision: 1 }],
  'a time to plan': [dueOnce, pass, { made: 2, revision: 1 }],
  'a pause': [after(), patch({ paused: true }), { made: 1, pending: some('canceled') }],
  'a resumption': [after(patch({ paused: true })), patch({ paused: false }), { made: 2, revision: 2 }],
  'new timing': [after(), patch({ cron: '30 9 * * *' }), { made: 2, revision: 2, pending: some('canceled') }],
  'new timing that comes too late': [
    dueOnce,
    patch({ cron: '0 9,10 * * *' }),
    { revision: 2, pending: some(expect.stringMatching(/^(canceled|too_late)$/)) },
  ],
  'new content': [
    after(),
    patch({ notification: { body: 'Other' } }),
    { made: 1, revision: 1, pending: some('changed') },
  ],
  'an earlier end': [after(), patch({ end: '2026-03-01T20:00Z' }), { made: 1, endedAt: expect.any(Number) }],
  'a deletion': [after(), remove, { made: 1, pending: some('canceled') }],
  'a deletion that comes too late': [
    dueOnce,
    remove,
    { pending: some(expect.stringMatching(/^(canceled|too_late)$/)) },
  ],
};

describe.each(Object.entries(scenarios))('%s', (_, [prepare, command, expected]) => {
  it.each(FAULTS)('is completed or undone whatever step of it meets the fault %s', async (fault) => {
    let isReached = true;
    for (let nth = 0; isReached; nth += 1) {
      const world = makeScheduleWorld();
      await prepare(world);
      command(world);
      isReached = await runTo(world, nth, fault);
      await rest(world);
      command(world);
      await rest(world);
      expect(world.schedule(), `step ${nth}`).toMatchObject(expected);
      expect(nth).toBeLessThan(30);
    }
  });
});

it('a crash of the creation, found by the reconciler, loses no occurrence', async () => {
  const world = makeScheduleWorld();
  created(world);
  await runTo(world, 1, 'die');
  expect(world.occurrences()).toEqual([]);
  await rest(world);
  expect(world.occurrences()).toMatchObject([{ status: 'PENDING', sendAt: Date.parse('2026-03-02T09:00:00Z') }]);
  world.clock.advance(DAY_MS);
  await rest(world);
  expect(world.occurrences()).toHaveLength(2);
});
