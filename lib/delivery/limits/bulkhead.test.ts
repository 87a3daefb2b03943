import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, type Priority } from '../../schema/priority.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { type Bulkhead, LIMIT_MAX, makeBulkhead, type Place } from './bulkhead.ts';

const SECOND_MS = 1_000;

/** Patience ends when the test says so. */
const makeScene = () => {
  const clock = makeTestClock();
  const patience = new Set<() => void>();
  const after = (_ms: number, run: () => void): (() => void) => {
    patience.add(run);
    return () => patience.delete(run);
  };
  const bulkhead = makeBulkhead({ clock, fraction: () => 0.5, after });
  const runOut = (): void => {
    for (const run of [...patience]) if (patience.delete(run)) run();
  };
  return { clock, bulkhead, runOut };
};

/** Those let in and those refused, of so many at once; no wait is answered. */
const enter = async (
  { bulkhead, runOut }: ReturnType<typeof makeScene>,
  origin: string,
  count: number,
  tenant = 'default',
  priority: Priority = 'normal',
) => {
  const entering = Array.from({ length: count }, () => bulkhead.enter({ tenant, priority }, origin));
  await Promise.resolve();
  runOut();
  const all = await Promise.all(entering);
  const places = all.flatMap((one) => ('place' in one ? [one.place] : []));
  const backs = all.flatMap((one) => ('backInMs' in one ? [one.backInMs] : []));
  return { places, backs };
};
const releaseAll = (places: Place[], result: Parameters<Place['release']>[0]): void => {
  for (const place of places) place.release(result);
};

describe('a bulkhead', () => {
  it('lets 64 in at first, one more for each success up to 128, half as many after each timeout down to 4', async () => {
    const scene = makeScene();
    const first = await enter(scene, 'a', 200);
    expect(first.places).toHaveLength(64);
    releaseAll(first.places, 'succeeded');
    const second = await enter(scene, 'a', 200);
    expect(second.places).toHaveLength(LIMIT_MAX);
    second.places.shift()?.release('timed_out');
    expect((await enter(scene, 'a', 1)).places).toHaveLength(0);
    releaseAll(second.places, 'timed_out');
    expect((await enter(scene, 'a', 200)).places).toHaveLength(4);
  });

  it('is left as it was by answers that are neither, and by what was not sent', async () => {
    const scene = makeScene();
    const { places } = await enter(scene, 'a', 64);
    releaseAll(places.slice(0, 32), 'answered');
    releaseAll(places.slice(32), 'silent');
    releaseAll(places, 'timed_out'); // a place is left once
    expect((await enter(scene, 'a', 200)).places).toHaveLength(64);
  });

  it('of one receiver is not touched by another that hangs', async () => {
    const scene = makeScene();
    await enter(scene, 'hangs', 500);
    expect((await enter(scene, 'well', 64)).places).toHaveLength(64);
  });

  it('always keeps places for another receiver, however many hang', async () => {
    const scene = makeScene();
    for (let n = 0; n < 200; n += 1) await enter(scene, `hangs-${n}`, 100);
    expect((await enter(scene, 'well', 10)).places.length).toBeGreaterThanOrEqual(4);
  });

  it('of one tenant at an origin is not touched by what another does there', async () => {
    const scene = makeScene();
    const { places } = await enter(scene, 'shared', 64, 'acme');
    scene.clock.pass(15 * SECOND_MS);
    releaseAll(places, 'timed_out');
    await enter(scene, 'shared', 100, 'acme');
    expect((await enter(scene, 'shared', 64, 'other')).places).toHaveLength(64);
  });

  it('keeps half of what a process has in flight for others, however many names a tenant has for what hangs', async () => {
    const scene = makeScene();
    let places: Place[] = [];
    for (let n = 0; n < 500; n += 1) places = places.concat((await enter(scene, `hangs-${n}`, 10, 'acme')).places);
    expect(places).toHaveLength(500);
    expect((await enter(scene, 'well', 1, 'acme')).backs).toHaveLength(1);
    expect((await enter(scene, 'well', 4, 'other')).places).toHaveLength(4);
    releaseAll(places, 'timed_out');
    expect((await enter(scene, 'well', 64, 'acme')).places).toHaveLength(64);
  });

  it('lets those who need wait but a moment wait, first come, first served', async () => {
    const { bulkhead, clock } = makeScene();
    const inside: Place[] = [];
    for (let n = 0; n < 64; n += 1) {
      const entrance = await bulkhead.enter({ tenant: 'default' }, 'a');
      if ('place' in entrance) inside.push(entrance.place);
    }
    clock.pass(20);
    const order: number[] = [];
    const waiting = [1, 2, 3].map((n) =>
      bulkhead.enter({ tenant: 'default' }, 'a').then((one) => 'place' in one && order.push(n)),
    );
    await Promise.resolve();
    expect(order).toEqual([]);
    releaseAll(inside.slice(0, 3), 'succeeded');
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it('sends the others back one after the other, at the pace at which the receiver has answered, within five minutes', async () => {
    const scene = makeScene();
    const { places } = await enter(scene, 'a', 64);
    scene.clock.pass(15 * SECOND_MS);
    releaseAll(places, 'timed_out');
    await enter(scene, 'a', 4);
    scene.clock.pass(8 * SECOND_MS);
    const { backs } = await enter(scene, 'a', 200);
    expect(backs).toHaveLength(200);
    // Four at once, 15 s each: one every 3.75 s.
    expect(backs[0]).toBeCloseTo(3_750, -1);
    expect((backs[11] ?? 0) - (backs[10] ?? 0)).toBeCloseTo(3_750, -1);
    expect(Math.max(...backs)).toBe(300_000);
    expect(Math.min(...backs)).toBeGreaterThanOrEqual(800);
  });

  it('remembers no more than 10,000 receivers, and each that has something in flight', async () => {
    const scene = makeScene();
    const [busy] = (await enter(scene, 'busy', 1)).places;
    for (let n = 0; n < 10_050; n += 1) releaseAll((await enter(scene, `o${n}`, 1)).places, 'succeeded');
    expect(scene.bulkhead.size()).toBeLessThanOrEqual(10_000);
    busy?.release('timed_out');
    expect((await enter(scene, 'busy', 100)).places).toHaveLength(32);
  });

  it('has three quarters of its places for bulk, and all for the rest, which bulk that waits does not delay', async () => {
    const scene = makeScene();
    const first = await enter(scene, 'a', 200, 'default', 'bulk');
    expect(first.places).toHaveLength(48);
    expect((await enter(scene, 'a', 200)).places).toHaveLength(16);
    const order: string[] = [];
    const waiting = (['bulk', 'normal', 'bulk', 'normal'] as const).map((priority) =>
      scene.bulkhead.enter({ tenant: 'default', priority }, 'a').then((one) => 'place' in one && order.push(priority)),
    );
    await Promise.resolve();
    releaseAll(first.places.slice(0, 4), 'answered');
    await Promise.all(waiting);
    expect(order).toEqual(['normal', 'normal', 'bulk', 'bulk']);
  });

  it('of a receiver with its fewest places has three of four for bulk', async () => {
    const scene = makeScene();
    releaseAll((await enter(scene, 'a', 64)).places, 'timed_out');
    const bulk = await enter(scene, 'a', 10, 'default', 'bulk');
    expect(bulk.places).toHaveLength(3);
    expect((await enter(scene, 'a', 10)).places).toHaveLength(1);
    releaseAll(bulk.places, 'answered');
    expect((await enter(scene, 'a', 10)).places).toHaveLength(3);
  });

  it('sends bulk back at its own pace, which does not put off the rest', async () => {
    const scene = makeScene();
    await enter(scene, 'a', 64);
    scene.clock.pass(15 * SECOND_MS);
    const bulk = (await enter(scene, 'a', 500, 'default', 'bulk')).backs;
    expect(bulk.at(-1)).toBeGreaterThan(100 * SECOND_MS);
    expect((await enter(scene, 'a', 1)).backs).toEqual([SECOND_MS]);
  });

  it.each(['default', 'acme'])(
    'of all receivers of %s keep a quarter of their places from its bulk',
    async (tenant) => {
      const scene = makeScene();
      let bulk = 0;
      for (let n = 0; n < 20; n += 1) bulk += (await enter(scene, `o${n}`, 64, tenant, 'bulk')).places.length;
      // The default tenant has up to three more at each further receiver.
      expect(bulk).toBeLessThanOrEqual(tenant === 'acme' ? 375 : 384 + 12 * 3);
      expect((await enter(scene, 'other', 48, tenant)).places).toHaveLength(48);
    },
  );

  it('never lets in more than its limit, and lets every delivery in or sends it back, in any order of events', async () => {
    type Step = {
      origin: number;
      priority: Priority;
      act: 'enter' | 'succeeded' | 'timed_out' | 'answered' | 'silent' | 'patience';
    };
    const step: fc.Arbitrary<Step> = fc.record({
      origin: fc.nat(2),
      priority: fc.constantFrom(...PRIORITIES),
      act: fc.constantFrom('enter', 'enter', 'enter', 'succeeded', 'timed_out', 'answered', 'silent', 'patience'),
    });
    const steps = fc.array(step, { minLength: 50, maxLength: 800, size: 'max' });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { bulkhead, clock, runOut } = makeScene();
        const inside: Place[][] = [[], [], []];
        let [asked, answered] = [0, 0];
        for (const { origin, act, priority } of all) {
          clock.pass(3);
          if (act === 'patience') runOut();
          else if (act !== 'enter') inside[origin]?.shift()?.release(act);
          else {
            asked += 1;
            void bulkhead
              .enter({ tenant: 'default', priority }, `o${origin}`)
              .then((one: Awaited<ReturnType<Bulkhead['enter']>>) => {
                answered += 1;
                if ('place' in one) inside[origin]?.push(one.place);
              });
          }
          await new Promise((resolve) => setImmediate(resolve));
          for (const places of inside) expect(places.length).toBeLessThanOrEqual(LIMIT_MAX);
        }
        runOut();
        await new Promise((resolve) => setImmediate(resolve));
        expect(answered).toBe(asked);
      }),
      { numRuns: 20 },
    );
  });
});
