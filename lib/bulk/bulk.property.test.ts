/** The real services over ports in memory; fast-check interleaves calls. The laws: testing/bulk-world.ts. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isEnded } from '../jobs/job.ts';
import { type BulkWorld, makeBulkWorld } from '../testing/bulk-world.ts';
import { FAULTS, settled } from '../testing/checkpoints.ts';
import type { BulkJob } from './bulk-job.ts';
import type { Outcome } from './results.ts';

const nth = fc.nat({ max: 30 });
const group = fc.constantFrom(undefined, 'g1', 'g2');
const selector = fc.constantFrom(
  { entity_id: 'user-1' },
  { group: 'g1' },
  { entity_id: 'user-1', group: 'g1' },
  { entity_id: 'user-1', notification_type: 'custom' },
  { entity_id: 'user-1', isSoon: true },
);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), group, isLater: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), group }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('process' as const), nth, by: fc.nat({ max: 1 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('order' as const), selector, isCancel: fc.constantFrom(true, true, false) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('work' as const), nth }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('claim' as const, 'giveUp' as const, 'retry' as const), nth }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('edit' as const), nth, group: fc.constantFrom(null, 'g1', 'g2') }),
  },
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constant('open' as const), nth, times: fc.integer({ min: 1, max: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), nth, how: fc.constantFrom(...FAULTS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 700, 4_000, 16_000) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const at = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(1, list.length)];

const act = async (world: BulkWorld, one: Action): Promise<void> => {
  const { checkpoints, memory, stored } = world;
  const id = 'nth' in one ? at(memory.all(), one.nth)?.id : undefined;
  if (one.do === 'create') world.create(one.group === undefined ? {} : { group: one.group }, one.isLater);
  if (one.do === 'publish') world.publish(one.group);
  if (one.do === 'process') {
    const event = at(stored.events.all(), one.nth);
    if (event) world.process(event.id, one.by);
  }
  if (one.do === 'order') world.order(one.isCancel ? 'cancel' : 'reschedule', one.selector);
  if (one.do === 'work') {
    const job = at(stored.jobs.all(), one.nth);
    if (job) world.work(job.id);
  }
  if (one.do === 'edit' && id !== undefined) world.edit(id, { group: one.group });
  if ((one.do === 'claim' || one.do === 'giveUp' || one.do === 'retry') && id !== undefined) await world[one.do](id);
  if (one.do === 'open')
    for (let times = 0; times < one.times; times += 1) {
      at(checkpoints.waiting, one.nth)?.open('pass');
      await settled();
    }
  if (one.do === 'fault') at(checkpoints.waiting, one.nth)?.open(one.how);
  if (one.do === 'pass') world.pass(one.ms);
  await settled();
};

const openAll = async ({ checkpoints }: BulkWorld): Promise<void> => {
  for (let step = 0; step < 20_000 && checkpoints.waiting.length > 0; step += 1) {
    checkpoints.waiting[0]?.open('pass');
    await settled();
  }
};

/** Everything comes to its end without further faults. */
const drain = async (world: BulkWorld): Promise<void> => {
  const { stored } = world;
  await openAll(world);
  for (let round = 0; round < 20; round += 1) {
    world.pass(130_000);
    const open = stored.jobs.all().filter((job) => !isEnded(job));
    for (const { id, status } of open) (status === 'RUNNING' ? world.work : world.check)(id);
    await openAll(world);
    if (open.length === 0) break;
  }
  for (const event of stored.events.all()) world.process(event.id, 0);
  await openAll(world);
};

const checkResults = (world: BulkWorld, job: BulkJob): void => {
  const pages = world.stored.results.all().filter(({ tenant }) => tenant === job.tenant);
  const own = pages.filter(({ id }) =>
    Array.from({ length: job.pages }, (_, n) => world.resultId(job.id, n)).includes(id),
  );
  const results = own.flatMap((page) => page.results);
  const of = (outcome: Outcome) => results.filter((result) => result.outcome === outcome);
  expect(new Set(results.map(({ id }) => id)).size, 'each member counts once').toBe(job.matched);
  for (const outcome of ['changed', 'too_late', 'not_applicable', 'failed'] as const)
    expect(of(outcome).length).toBe(job[outcome]);
  expect(job.failed).toBe(0);
  for (const { id } of of('too_late')) expect(world.memory.read(id)?.firstClaimedAt).toBeDefined();
  if (job.kind === 'cancel')
    for (const { id } of of('changed'))
      expect(world.memory.read(id)).toMatchObject({ status: 'CANCELED', bulkJob: job.id });
};

it('whatever crashes and in whatever order, a DONE bulk cancel lets nothing out that it promised, and counts add up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 60, size: 'max' }),
      fc.constantFrom(0, 900),
      async (actions, trailMs) => {
        const world = makeBulkWorld({ trailMs });
        for (const one of actions) await act(world, one);
        await drain(world);
        for (const { id } of world.memory.all()) await world.claim(id);
        world.throwBroken();
        for (const job of world.stored.jobs.all() as BulkJob[]) {
          expect(job.status).toBe('DONE');
          checkResults(world, job);
        }
      },
    ),
    { numRuns: 200 },
  );
});
