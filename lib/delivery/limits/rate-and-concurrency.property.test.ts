/** Several workers share an endpoint's limits, in any order of events; some of them die. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createEndpoint } from '../../endpoints/state/endpoint-state.ts';
import { makeTestClock } from '../../testing/clock.ts';
import { makeMemoryLimitStores } from '../../testing/memory-limit-stores.ts';
import { makeTestRandom } from '../../testing/random.ts';
import { makeLimits } from './rate-and-concurrency.ts';

const HOLD_MS = 25_000;
const ID = `end_${'0'.repeat(26)}`;

const makeScene = (settings: { maxConcurrency?: number; rateLimit?: number }) => {
  const clock = makeTestClock();
  let asked = 0;
  /** Different each time, and the same in each run: multiples of the golden ratio. */
  const fraction = (): number => {
    asked += 1;
    return (asked * 0.618_033_988_749) % 1;
  };
  const random = { ...makeTestRandom(), fraction };
  const stores = makeMemoryLimitStores();
  const draft = { id: ID, tenant: 'acme', url: 'https://x.example/', headers: {}, keys: [], ...settings };
  const endpoint = createEndpoint(draft, { now: clock.now(), writeId: 'w' });
  const start = () => makeLimits({ ...stores, clock, random, holdMs: HOLD_MS });
  const workers = [start(), start(), start()];
  const workerOf = (n: number) => workers[n] ?? start();
  /** Another takes its place, which knows nothing. */
  const die = (n: number): void => void workers.splice(n, 1, start());
  return { clock, stores, endpoint, workerOf, die, start };
};

describe('places among those in flight', () => {
  type Action =
    | { do: 'enter'; workers: number[] }
    | { do: 'leave'; which: number }
    | { do: 'die'; worker: number }
    | { do: 'pass'; ms: number };
  const action: fc.Arbitrary<Action> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('enter' as const), workers: fc.array(fc.nat(2), { maxLength: 5 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), worker: fc.nat(2) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 900, 12_000, 25_001) }),
    },
  );
  const actions = fc.array(action, { minLength: 10, maxLength: 120, size: 'max' });

  it('are never more than allowed, and all free in the end, whichever ended late, lapsed or died', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), actions, async (maxConcurrency, all) => {
        const { clock, endpoint, workerOf, die, start } = makeScene({ maxConcurrency });
        let inside: { at: number; worker: number; release: () => Promise<void> }[] = [];
        const dead: { at: number }[] = [];
        const holds = ({ at }: { at: number }): boolean => clock.real() - at <= HOLD_MS;
        const enter = async (worker: number): Promise<void> => {
          const entry = await workerOf(worker).concurrency(endpoint);
          assert.ok(entry);
          if ('release' in entry) inside.push({ at: clock.real(), worker, release: entry.release });
          else assert.ok(entry.until > clock.now());
        };
        for (const one of all) {
          if (one.do === 'enter') await Promise.all(one.workers.map(enter));
          else if (one.do === 'pass') clock.pass(one.ms);
          else if (one.do === 'die') {
            die(one.worker);
            dead.push(...inside.filter(({ worker }) => worker === one.worker));
            inside = inside.filter(({ worker }) => worker !== one.worker);
          } else await inside.splice(one.which, 1)[0]?.release();
          assert.ok([...inside, ...dead].filter(holds).length <= maxConcurrency, 'never more than allowed');
        }
        for (const { release } of inside) await release();
        clock.pass(HOLD_MS + 1);
        const another = start();
        for (let n = 0; n < maxConcurrency; n += 1) {
          const entry = await another.concurrency(endpoint);
          assert.ok(entry && 'release' in entry, 'all free in the end');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('places in a row', () => {
  it('are evenly apart however the deliveries come, and each delivery is put off once at most while it is on time', async () => {
    const arrivals = fc.array(fc.record({ afterMs: fc.constantFrom(0, 0, 0, 10, 150, 2_000), worker: fc.nat(2) }), {
      minLength: 5,
      maxLength: 60,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), arrivals, async (rateLimit, all) => {
        const { clock, endpoint, workerOf } = makeScene({ rateLimit });
        const waiting: { at: number; worker: number; slotAt?: number }[] = [];
        let at = clock.now();
        for (const { afterMs, worker } of all) {
          at += afterMs;
          waiting.push({ at, worker });
        }
        const sentAt: number[] = [];
        while (waiting.length > 0) {
          waiting.sort((a, b) => a.at - b.at);
          const [one] = waiting.splice(0, 1);
          if (!one) break;
          clock.pass(Math.max(0, one.at - clock.now()));
          const row = await workerOf(one.worker).rate(endpoint, one.slotAt);
          assert.ok(row);
          if ('outcome' in row) {
            assert.equal(one.slotAt, undefined, 'put off once');
            waiting.push({ ...one, at: row.until, slotAt: row.slotAt ?? 0 });
          } else sentAt.push(row.slotAt);
        }
        for (let n = 1; n < sentAt.length; n += 1)
          // Places are whole milliseconds, each up to one later than it might be.
          assert.ok((sentAt[n] ?? 0) - (sentAt[n - 1] ?? 0) > 1000 / rateLimit - 1, 'evenly apart');
        assert.ok((sentAt.at(-1) ?? 0) - (sentAt[0] ?? 0) >= ((sentAt.length - 1) * 1000) / rateLimit - 1);
      }),
      { numRuns: 150 },
    );
  });
});
