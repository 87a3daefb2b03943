import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { makeFiring } from './firing.ts';
import { QUEUE, ROLE, START, schedule, settled } from './scheduler.testing.ts';
import { makeStore, type Store } from './store.ts';
import type { SendBatch } from './types.ts';
import { withDefaults } from './validation.ts';

const directory = temporaryDirectory();
let store: Store;
beforeAll(() => {
  store = makeStore(directory.path);
});
afterAll(() => {
  store.close();
  directory.remove();
});
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** Time passes between any two readings of it, by the next of the steps. */
const makeCreepingClock = (steps: number[]) => {
  let crept = 0;
  let readings = 0;
  const read = (): number => {
    crept += steps[readings % steps.length] ?? 0;
    readings += 1;
    return Date.now() + crept;
  };
  return { now: read, real: read, monotonic: read, jumpedTo: () => 0 };
};

/** One schedule for each of the times, ms after START, in place of those that were there. */
const insertSchedules = (dues: number[]): void => {
  store.groups.remove('default');
  store.groups.insert('default', START, undefined, {});
  for (const [index, due] of dues.entries()) {
    const Target = { Arn: QUEUE, RoleArn: ROLE, Input: String(index) };
    // A disabled one acts once, at the time that is set here to the millisecond.
    const document = withDefaults(schedule({ Name: `s${index}`, State: 'DISABLED', Target }));
    store.schedules.insert(document, START, { occurrence: START + due, at: START + due }, undefined);
  }
};

/** When each was sent. The first `failures` tries of each are refused. */
const fireAll = async (steps: number[], dues: number[], failures: number): Promise<Map<string, number>> => {
  vi.setSystemTime(START);
  insertSchedules(dues);
  const clock = makeCreepingClock(steps);
  const sent = new Map<string, number>();
  const tries = new Map<string, number>();
  const isRefused = (body: string): boolean => {
    const count = (tries.get(body) ?? 0) + 1;
    tries.set(body, count);
    if (count > failures) sent.set(body, clock.now());
    return count <= failures;
  };
  const sendBatch: SendBatch = async (_, entries) => ({
    failed: entries.filter(({ body }) => isRefused(body)).map(({ id }) => ({ id, message: 'out of order' })),
  });
  const place = { accountId: '000000000000', region: 'us-east-1' };
  const firing = makeFiring({ store, clock, random: () => 0.5, sendBatch, log: undefined, ...place });
  firing.wake();
  await settled();
  while (sent.size < dues.length && vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    await settled();
  }
  await firing.close();
  return sent;
};

it('what is due in any millisecond between two readings of the clock fires, and so does its retry', async () => {
  const steps = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 });
  const dues = fc.array(fc.integer({ min: -2, max: 40 }), { minLength: 1, maxLength: 10 });
  const failures = fc.integer({ min: 0, max: 2 });
  const property = fc.asyncProperty(steps, dues, failures, async (steps, dues, failures) => {
    const sent = await fireAll(steps, dues, failures);
    expect(sent.size).toBe(dues.length);
    for (const [index, due] of dues.entries()) expect(sent.get(String(index))).toBeGreaterThanOrEqual(START + due);
  });
  await fc.assert(property, { numRuns: 200 });
});
