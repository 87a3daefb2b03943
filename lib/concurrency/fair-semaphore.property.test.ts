import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeFairSemaphore, type Permits } from './fair-semaphore.ts';

interface Job {
  group: string;
  /** Of its group, that waited when it came. */
  ahead: number;
  /** How many of each group had been started when it came, and when it was itself. */
  came: Record<string, number>;
  started?: Record<string, number>;
  finish(): void;
}

const GROUPS = ['a', 'b', 'c', 'd'];
/** A group that brings one, or the end of one that runs (which: modulo). */
const step = fc.oneof(fc.constantFrom(...GROUPS), fc.nat({ max: 20 }));
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that came, in order, and in the order of its start; `look` is called whenever nothing moves. */
const play = async (places: number, steps: (string | number)[], look: (inFlight: Job[], waiting: Job[]) => void) => {
  const semaphore = makeFairSemaphore({ permits: places });
  const counts = Object.fromEntries(GROUPS.map((group) => [group, 0]));
  const [waiting, inFlight, begun]: [Job[], Job[], Job[]] = [[], [], []];
  const come = (group: string): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ahead = waiting.filter((job) => job.group === group).length;
    const job: Job = { group, ahead, came: { ...counts }, finish: resolve };
    waiting.push(job);
    void semaphore.run(group, () => {
      waiting.splice(waiting.indexOf(job), 1);
      job.started = { ...counts };
      counts[group] = (counts[group] ?? 0) + 1;
      inFlight.push(job);
      begun.push(job);
      return promise;
    });
  };
  const end = (which: number): void => inFlight.splice(which % inFlight.length, 1)[0]?.finish();
  for (const one of steps) {
    if (typeof one === 'string') come(one);
    else if (inFlight.length > 0) end(one);
    await settled();
    look(inFlight, waiting);
  }
  while (inFlight.length > 0) {
    end(0);
    await settled();
    look(inFlight, waiting);
  }
  return begun;
};

const runs = fc.record({
  places: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
});

it('never runs more than there are permits, and none is free while any waits', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ places, steps }) => {
      const begun = await play(places, steps, (inFlight, waiting) => {
        expect(inFlight.length).toBeLessThanOrEqual(places);
        if (waiting.length > 0) expect(inFlight).toHaveLength(places);
      });
      expect(begun).toHaveLength(steps.filter((one) => typeof one === 'string').length);
    }),
    { numRuns: 60 },
  );
});

it('keeps none waiting for more of any other group than wait before it in its own, and one', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ places, steps }) => {
      for (const { group, ahead, came, started } of await play(places, steps, () => undefined)) {
        const since = (one: string): number => (started?.[one] ?? Number.NaN) - (came[one] ?? 0);
        expect(since(group)).toBe(ahead);
        for (const other of GROUPS) if (other !== group) expect(since(other)).toBeLessThanOrEqual(ahead + 1);
      }
    }),
    { numRuns: 60 },
  );
});

it('hands the permit on when what ran fails', async () => {
  const semaphore = makeFairSemaphore({ permits: 1 });
  const failed = semaphore.run('a', async () => {
    throw new Error('no');
  });
  const next = semaphore.run('b', async () => 'done');
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});

describe('with weights', () => {
  const weighted = fc.record({
    permits: fc.integer({ min: 1, max: 10 }),
    share: fc.integer({ min: 1, max: 10 }),
    steps: fc.array(
      fc.oneof(
        fc.record({ group: fc.constantFrom(...GROUPS), count: fc.integer({ min: 0, max: 12 }) }),
        fc.record({ resize: fc.nat(20), to: fc.integer({ min: 0, max: 12 }) }),
        fc.record({ release: fc.nat(20) }),
        fc.record({ giveUp: fc.nat(20) }),
      ),
      { maxLength: 60 },
    ),
  });

  it('gives no more than there is, none more than its share or its first, and each something in the end', async () => {
    await fc.assert(
      fc.asyncProperty(weighted, async ({ permits, share, steps }) => {
        const patience = new Set<() => void>();
        const semaphore = makeFairSemaphore({
          permits,
          shareOf: () => share,
          after: (_ms, run) => {
            patience.add(run);
            return () => patience.delete(run);
          },
        });
        const holding: { group: string; count: number; mine: Permits }[] = [];
        const heldBy = (group?: string): number =>
          holding.filter((one) => group === undefined || one.group === group).reduce((sum, one) => sum + one.count, 0);
        const answered = { given: 0, refused: 0 };
        const come = (group: string, asked: number): void => {
          const count = Math.min(asked, permits);
          void semaphore.acquire(group, asked, 1_000).then((mine) => {
            if (!mine) answered.refused += 1;
            if (!mine) return;
            answered.given += 1;
            holding.push({ group, count, mine });
          });
        };
        let [came, stretched] = [0, false];
        const look = (): void => {
          if (stretched) return;
          expect(heldBy()).toBeLessThanOrEqual(permits);
          for (const group of GROUPS) {
            const several = holding.filter((one) => one.group === group && one.count > 0).length > 1;
            if (several) expect(heldBy(group)).toBeLessThanOrEqual(share);
          }
        };
        for (const one of steps) {
          if ('group' in one) {
            came += 1;
            come(one.group, one.count);
          }
          if ('resize' in one && holding.length > 0) {
            const held = holding[one.resize % holding.length];
            if (held && one.to > held.count) stretched = true;
            held?.mine.resize(one.to);
            if (held) held.count = one.to;
          }
          if ('release' in one && holding.length > 0) {
            const [held] = holding.splice(one.release % holding.length, 1);
            held?.mine.release();
            held?.mine.release();
          }
          if ('giveUp' in one && patience.size > 0) {
            const giveUp = [...patience][one.giveUp % patience.size];
            if (giveUp && patience.delete(giveUp)) giveUp();
          }
          await settled();
          look();
        }
        for (let held = holding.shift(); held; held = holding.shift()) {
          held.mine.release();
          await settled();
        }
        expect(answered.given + answered.refused).toBe(came);
      }),
      { numRuns: 100 },
    );
  });

  it('one that waits for many is not overtaken by those that want few', async () => {
    const semaphore = makeFairSemaphore({ permits: 4 });
    const first = await semaphore.acquire('a', 3);
    const order: string[] = [];
    const many = semaphore.acquire('b', 4).then((mine) => {
      order.push('many');
      mine?.release();
    });
    const few = semaphore.acquire('c', 1).then(() => order.push('few'));
    await settled();
    expect(order).toEqual([]);
    first?.release();
    await Promise.all([many, few]);
    expect(order).toEqual(['many', 'few']);
  });
});
