/** Several workers with views of their own share one circuit, while the receiver goes up and down. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTestClock } from '../../testing/clock.ts';
import { makeMemoryLimitStores } from '../../testing/memory-limit-stores.ts';
import { makeTestRandom } from '../../testing/random.ts';
import { admit, OPENS_AFTER } from './circuit.ts';
import { makeCircuits, VIEW_MAX_AGE_MS } from './circuit-breaker.ts';

const ID = `end_${'0'.repeat(26)}`;
const PROBE_MS = 25_000;
const WORKERS = 3;

interface Sending {
  worker: number;
  probeId?: string;
  isUp: boolean;
}

const makeScene = () => {
  const clock = makeTestClock();
  const random = makeTestRandom();
  const stores = makeMemoryLimitStores();
  const workers = Array.from({ length: WORKERS }, () =>
    makeCircuits({ circuits: stores.circuits, clock, random, probeMs: PROBE_MS }),
  );
  const inFlight: Sending[] = [];
  const seen = { opened: 0, probes: 0, closed: 0, refused: 0 };
  const state = { isUp: true, lastSuccessAt: Number.NEGATIVE_INFINITY, probeWonAt: Number.NEGATIVE_INFINITY };

  const begin = async (index: number): Promise<void> => {
    const worker = workers[index];
    const circuit = await worker?.view(ID);
    const answer = admit(circuit, { now: clock.now(), real: clock.real() }, 0.5);
    if (!answer.admitted) {
      assert.ok(answer.until > clock.now(), 'what is refused comes back later');
      seen.refused += 1;
      return;
    }
    if (!answer.asProbe || !circuit) return void inFlight.push({ worker: index, isUp: state.isUp });
    const probeId = await worker?.probe(ID, circuit);
    if (probeId === undefined) return;
    const since = clock.real() - state.probeWonAt;
    const others = inFlight.some((one) => one.probeId !== undefined);
    assert.ok(!others || since > PROBE_MS, 'one probe at a time, unless it died');
    state.probeWonAt = clock.real();
    seen.probes += 1;
    inFlight.push({ worker: index, probeId, isUp: state.isUp });
  };

  const end = async (which: number): Promise<void> => {
    const [sending] = inFlight.splice(which % Math.max(1, inFlight.length), 1);
    if (!sending) return;
    const { worker, probeId, isUp } = sending;
    if (isUp) state.lastSuccessAt = clock.now();
    if (isUp) await workers[worker]?.succeeded(ID);
    else await workers[worker]?.failed(ID, { error: 'timeout', ...(probeId !== undefined && { probeId }) });
  };

  const check = async (): Promise<void> => {
    const circuit = await stores.circuits.get(ID);
    if (!circuit) return;
    assert.ok(
      circuit.failingSince > state.lastSuccessAt - VIEW_MAX_AGE_MS,
      'no success is forgotten that is older than a view may be',
    );
    assert.equal(circuit.openUntil !== undefined, circuit.opens > 0);
    assert.ok(circuit.opens === 0 || circuit.failures >= OPENS_AFTER);
  };
  return { clock, stores, workers, inFlight, seen, state, begin, end, check };
};

type Action =
  | { do: 'begin'; workers: number[] }
  | { do: 'end'; which: number[] }
  | { do: 'pass'; ms: number }
  | { do: 'turn' }
  | { do: 'die'; which: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      workers: fc.array(fc.nat(2), { maxLength: 6, size: 'max' }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.array(fc.nat(9), { maxLength: 6, size: 'max' }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 500, 1_999, 2_000, 10_000, 30_000, 60_000, 700_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), which: fc.nat(9) }) },
);

const run = async (actions: Action[]) => {
  const scene = makeScene();
  for (const one of actions) {
    if (one.do === 'begin') await Promise.all(one.workers.map(scene.begin));
    else if (one.do === 'end') await Promise.all(one.which.map(scene.end));
    else if (one.do === 'pass') scene.clock.pass(one.ms);
    else if (one.do === 'turn') scene.state.isUp = !scene.state.isUp;
    else scene.inFlight.splice(one.which, 1); // its worker died, and reports nothing
    await scene.check();
  }
  return scene;
};

describe('a circuit that several workers share', () => {
  it('has one probe at a time, forgets no success, and closes once the receiver is well, whichever worker dies meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 150, size: 'max' }), async (actions) => {
        const scene = await run(actions);
        scene.state.isUp = true;
        while (scene.inFlight.length > 0) await scene.end(0);
        for (let round = 0; round < 3; round += 1) {
          scene.clock.pass(11 * 60_000);
          await scene.begin(round);
          while (scene.inFlight.length > 0) await scene.end(0);
        }
        expect(await scene.stores.circuits.get(ID)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('keeps all but a few away from a receiver that is down', async () => {
    const scene = makeScene();
    scene.state.isUp = false;
    let sent = 0;
    for (let second = 0; second < 3_600; second += 1) {
      for (let worker = 0; worker < WORKERS; worker += 1) await scene.begin(worker);
      sent += scene.inFlight.length;
      while (scene.inFlight.length > 0) await scene.end(0);
      scene.clock.pass(1_000);
    }
    // Five, those that had not heard of them, then a probe after 30 s, 1, 2, 4, 8 and every 10 minutes.
    expect(sent).toBeLessThanOrEqual(OPENS_AFTER + 2 * WORKERS + 10);
    expect(scene.seen.probes).toBeGreaterThanOrEqual(8);
  });

  it('costs no write for successes, and one for each of the failures that open it', async () => {
    const scene = makeScene();
    for (let n = 0; n < 100; n += 1) {
      await scene.begin(n % WORKERS);
      await scene.end(0);
      scene.clock.pass(100);
    }
    expect(scene.stores.writes.circuits).toBe(0);
    scene.state.isUp = false;
    await Promise.all(Array.from({ length: 60 }, () => scene.begin(0)));
    await Promise.all(Array.from({ length: 60 }, () => scene.end(0)));
    expect(scene.stores.writes.circuits).toBe(OPENS_AFTER);
  });
});
