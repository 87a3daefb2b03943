import { beforeEach, describe, expect, it } from 'vitest';
import { makeAdvance, PASS_MAX_MS, STEP_MAX_MS } from './advance.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-29T10:00:00Z');

/** A clock and a queue in memory. Real time moves only while the pass waits, 100 ms each time. */
const makeWorld = () => {
  let real = START;
  let offset = 0;
  let jumps = 0;
  /** id -> real ms that its work takes. */
  const workMs = new Map<string, number>();
  const inProgress = new Map<string, number>();
  const delayed: { id: string; due: number }[] = [];
  const steps: { id: string; at: number }[] = [];
  let onStep = (_id: string): void => undefined;

  const release = (): void => {
    const now = real + offset;
    for (const message of delayed.filter(({ due }) => due <= now)) {
      delayed.splice(delayed.indexOf(message), 1);
      steps.push({ id: message.id, at: now });
      inProgress.set(message.id, real + (workMs.get(message.id) ?? 0));
      onStep(message.id);
    }
  };
  const clock = {
    now: () => real + offset,
    real: () => real,
    offset: () => offset,
    advance: (byMs: number) => {
      jumps += 1;
      offset += byMs;
    },
    advanceTo: (time: number) => {
      offset = Math.max(offset, time - real);
    },
  };
  const sqs = {
    advanceTo: release,
    nextDue: () => (delayed.length > 0 ? Math.min(...delayed.map(({ due }) => due)) : undefined),
    inProgress: () => {
      for (const [id, endsAt] of inProgress) if (endsAt <= real) inProgress.delete(id);
      return inProgress.keys();
    },
  };
  const scheduler = { wake: () => undefined, isFiring: () => false, nextAt: () => undefined };
  const plans: number[] = [];
  const planning = { nextAt: async () => plans[0] };
  const pause = async (): Promise<void> => {
    real += 100;
    release();
  };
  const advance = makeAdvance({
    ...{ clock, sqs, scheduler, planning, pause },
    dynamodb: { wake: () => undefined },
    monotonic: () => real,
  });
  return {
    advance,
    clock,
    steps,
    jumps: () => jumps,
    tookMs: () => real - START,
    message: (id: string, inMs: number, takesMs = 0) => {
      delayed.push({ id, due: real + offset + inMs });
      workMs.set(id, takesMs);
    },
    /** Times to plan, each of which makes way for the next when the clock is a minute past it. */
    plan: (...inMs: number[]) => {
      plans.push(...inMs.map((ms) => real + offset + ms));
    },
    plans,
    onStep: (listener: (id: string) => void) => {
      onStep = listener;
    },
  };
};

let world: ReturnType<typeof makeWorld>;
beforeEach(() => {
  world = makeWorld();
});
const inHours = () => world.steps.map(({ id, at }) => [id, (at - START) / HOUR_MS]);

describe('a pass', () => {
  it('stops at each due time, in order, and ends at the requested time', async () => {
    world.message('b', 5 * HOUR_MS);
    world.message('a', HOUR_MS);
    world.message('beyond', 9 * HOUR_MS);
    await world.advance.pass(8 * HOUR_MS);
    expect(inHours()).toEqual([
      ['a', 1],
      ['b', 5],
    ]);
    expect(world.clock.offset()).toBe(8 * HOUR_MS);
  });

  it('stops at what its own work makes due', async () => {
    world.message('first', HOUR_MS);
    world.message('other', 3 * HOUR_MS);
    world.onStep((id) => id === 'first' && world.message('again', HOUR_MS));
    await world.advance.pass(8 * HOUR_MS);
    expect(inHours()).toEqual([
      ['first', 1],
      ['again', 2],
      ['other', 3],
    ]);
  });

  it('stops a minute after each time to plan, when the reconciler has passed', async () => {
    world.plan(HOUR_MS, 3 * HOUR_MS, 30 * HOUR_MS);
    const stops: number[] = [];
    const { advanceTo } = world.clock;
    world.clock.advanceTo = (time) => {
      advanceTo(time);
      stops.push((time - START - 60_000) / HOUR_MS);
      world.plans.shift();
    };
    await world.advance.pass(8 * HOUR_MS);
    expect(stops).toEqual([1, 3]);
    expect(world.clock.offset()).toBe(8 * HOUR_MS);
  });

  it('does not wait for what is not planned', async () => {
    world.plan(HOUR_MS);
    world.message('other', 2 * HOUR_MS);
    await world.advance.pass(8 * HOUR_MS);
    expect(inHours()).toEqual([['other', 2]]);
    expect(world.clock.offset()).toBe(8 * HOUR_MS);
  });

  it('waits for the work at a due time before it goes on', async () => {
    world.message('slow', HOUR_MS, 1_500);
    world.message('next', HOUR_MS + 10_000);
    world.onStep((id) => id === 'next' && expect(world.tookMs()).toBeGreaterThanOrEqual(1_500));
    await world.advance.pass(2 * HOUR_MS);
    expect(world.steps).toHaveLength(2);
  });

  it('waits for stuck work once, not at each later step', async () => {
    world.message('stuck', HOUR_MS, HOUR_MS);
    for (let index = 2; index < 8; index += 1) world.message(`m${index}`, index * HOUR_MS);
    await world.advance.pass(8 * HOUR_MS);
    expect(inHours().map(([, hours]) => hours)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(world.tookMs()).toBe(STEP_MAX_MS);
  });

  it('jumps to its end when its real time is over', async () => {
    for (let index = 1; index <= 50; index += 1) world.message(`m${index}`, index * HOUR_MS, STEP_MAX_MS - 1_000);
    await world.advance.pass(50 * HOUR_MS);
    expect(world.tookMs()).toBeLessThanOrEqual(PASS_MAX_MS + STEP_MAX_MS);
    expect([world.steps.length, world.jumps(), world.clock.offset()]).toEqual([50, 1, 50 * HOUR_MS]);
    expect(world.steps.filter(({ at }) => at === START + PASS_MAX_MS + 50 * HOUR_MS).length).toBeGreaterThan(20);
  });

  it('says when it will end while it runs', async () => {
    world.message('a', HOUR_MS);
    world.onStep(() => expect(world.advance.passingTo()).toBe(START + 2 * HOUR_MS));
    await world.advance.pass(2 * HOUR_MS);
    expect(world.steps).toHaveLength(1);
    expect(world.advance.passingTo()).toBeUndefined();
  });

  it('stops when the stack ends', async () => {
    world.message('a', HOUR_MS);
    world.message('b', 2 * HOUR_MS);
    world.onStep(() => world.advance.stop());
    await world.advance.pass(8 * HOUR_MS);
    expect(inHours()).toEqual([['a', 1]]);
    expect(world.clock.offset()).toBe(HOUR_MS);
  });
});

it('a jump makes everything due at once', () => {
  world.message('a', HOUR_MS);
  world.message('b', 2 * HOUR_MS);
  world.advance.jump(8 * HOUR_MS);
  expect(inHours()).toEqual([
    ['a', 8],
    ['b', 8],
  ]);
});
