/** The real services over ports in memory; fast-check interleaves awaits. The laws: testing/job-world.ts. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FAULTS, settled } from '../testing/checkpoints.ts';
import { draftOf, type JobWorld, MEMBERS_MAX, makeJobWorld, type TestJob } from '../testing/job-world.ts';
import { isEnded, type Job } from './job.ts';

const nth = fc.nat({ max: 30 });
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      count: fc.integer({ min: 1, max: 4 }),
      tenant: fc.constantFrom('acme', 'acme', 'beta'),
      prefix: fc.constantFrom('one_', 'two_'),
      members: fc.nat({ max: MEMBERS_MAX + 1 }),
      isCarriedOut: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'twice' as const, 'lose' as const), nth }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('receive' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reconcile' as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('open' as const), nth, times: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), nth, how: fc.constantFrom(...FAULTS) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 20_000, 130_000, 700_000) }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Answered {
  /** Ids whose order was answered. */
  accepted: Map<string, number>;
  /** Ids whose cancel was answered. */
  canceled: Set<string>;
}

const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

const act = async (world: JobWorld, one: Action, answered: Answered, number: number): Promise<void> => {
  const { checkpoints, messages } = world;
  if (one.do === 'order') {
    const { tenant, prefix, members, isCarriedOut } = one;
    for (let nth = 0; nth < one.count; nth += 1) {
      const id = `${prefix}${number}_${nth}`;
      world.order(draftOf(id, tenant, members), () => answered.accepted.set(id, members), isCarriedOut);
    }
  }
  if (one.do === 'cancel') {
    const job = at(world.jobs.all(), one.nth);
    if (job) world.cancel(job.id, job.tenant, () => answered.canceled.add(job.id));
  }
  if (one.do === 'twice') {
    const job = at(world.jobs.all(), one.nth);
    if (job) world.deliver(job.id);
  }
  if (one.do === 'lose' && messages.length > 0) messages.splice(one.nth % messages.length, 1);
  if (one.do === 'receive') {
    const message = at(world.ready(), one.nth);
    if (message) world.receive(message);
  }
  if (one.do === 'reconcile') world.reconcile();
  if (one.do === 'pass') world.pass(one.ms);
  if (one.do === 'fail') at(checkpoints.waiting, one.nth)?.open(one.how);
  if (one.do !== 'open') return;
  for (let time = 0; time < one.times; time += 1) {
    at(checkpoints.waiting, one.nth)?.open('pass');
    await settled();
  }
};

/** Without further faults: everything ready happens, then time goes on, until no job is open. */
const calm = async (world: JobWorld): Promise<void> => {
  for (let round = 0; round < 5_000; round += 1) {
    await settled();
    const checkpoint = world.checkpoints.waiting[0];
    const message = world.ready()[0];
    if (checkpoint) checkpoint.open('pass');
    else if (message) world.receive(message);
    else {
      world.reconcile();
      await settled();
      if (world.checkpoints.waiting.length > 0) continue;
      if (world.messages.length === 0 && world.jobs.all().every(isEnded)) return world.throwBroken();
      world.pass(10_000);
    }
  }
  throw new Error('the jobs do not come to an end');
};

const checkEnd = (world: JobWorld, job: Job, answered: Answered): void => {
  const { id, status, members, done } = job as TestJob;
  const worked = world.worked.get(id)?.size ?? 0;
  assert.ok(isEnded(job), `everything accepted ends; ${id} is ${status}`);
  if (status === 'DONE') assert.deepEqual([done, worked], [members, members], 'each member is counted once');
  if (status === 'CANCELED') assert.ok(done <= worked && id.startsWith('one_'), 'what it did stands');
  if (status === 'FAILED') assert.equal(job.reason, 'too_many');
  if (answered.canceled.has(id)) assert.equal(status, 'CANCELED', 'an answered cancel is definite');
};

it('whatever crashes, repeats, races or is canceled: four of a tenant run at most, in their order, and each ends with exact counts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 90, size: 'max' }), async (actions) => {
      const world = makeJobWorld();
      const answered: Answered = { accepted: new Map(), canceled: new Set() };
      for (const [number, one] of actions.entries()) {
        await act(world, one, answered, number);
        await settled();
        world.throwBroken();
      }
      await calm(world);
      for (const job of world.jobs.all()) checkEnd(world, job, answered);
      for (const id of answered.accepted.keys()) expect(world.jobs.read(id)?.id).toBe(id);
      // What crashed holds no place for good.
      world.pass(61_000);
      for (const tenant of ['acme', 'beta']) world.order(draftOf(`one_${tenant}`, tenant, 1), () => undefined);
      await calm(world);
      for (const tenant of ['acme', 'beta']) expect(world.jobs.read(`one_${tenant}`)?.status).toBe('DONE');
    }),
    { numRuns: 300, endOnFailure: true },
  );
});
