import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeTurns } from './turns.ts';

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
/** A group that brings one, or the end of one of those under way (which: modulo). */
const step = fc.oneof(fc.constantFrom(...GROUPS), fc.nat({ max: 20 }));
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that came, in order, and in the order of its start; `look` is called whenever nothing moves. */
const play = async (places: number, steps: (string | number)[], look: (underWay: Job[], waiting: Job[]) => void) => {
  const inTurn = makeTurns(places);
  const counts = Object.fromEntries(GROUPS.map((group) => [group, 0]));
  const [waiting, underWay, begun]: [Job[], Job[], Job[]] = [[], [], []];
  const come = (group: string): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ahead = waiting.filter((job) => job.group === group).length;
    const job: Job = { group, ahead, came: { ...counts }, finish: resolve };
    waiting.push(job);
    void inTurn(group, () => {
      waiting.splice(waiting.indexOf(job), 1);
      job.started = { ...counts };
      counts[group] = (counts[group] ?? 0) + 1;
      underWay.push(job);
      begun.push(job);
      return promise;
    });
  };
  const end = (which: number): void => underWay.splice(which % underWay.length, 1)[0]?.finish();
  for (const one of steps) {
    if (typeof one === 'string') come(one);
    else if (underWay.length > 0) end(one);
    await settled();
    look(underWay, waiting);
  }
  while (underWay.length > 0) {
    end(0);
    await settled();
    look(underWay, waiting);
  }
  return begun;
};

const runs = fc.record({
  places: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
});

it('never has more under way than there are places, and none is free while anybody waits', async () => {
  await fc.assert(
    fc.asyncProperty(runs, async ({ places, steps }) => {
      const begun = await play(places, steps, (underWay, waiting) => {
        expect(underWay.length).toBeLessThanOrEqual(places);
        if (waiting.length > 0) expect(underWay).toHaveLength(places);
      });
      expect(begun).toHaveLength(steps.filter((one) => typeof one === 'string').length);
    }),
    { numRuns: 60 },
  );
});

it('keeps nobody waiting for more of any other group than wait before it in its own, and one', async () => {
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

it('hands the place on when what was under way fails', async () => {
  const inTurn = makeTurns(1);
  const failed = inTurn('a', async () => {
    throw new Error('no');
  });
  const next = inTurn('b', async () => 'done');
  await expect(failed).rejects.toThrow('no');
  await expect(next).resolves.toBe('done');
});
