import { expect, test } from 'vitest';
import { LOAD_LIMITS, makeLoadShedding } from './load-shedding.ts';

const limits = { ...LOAD_LIMITS, requests: 8, lateRequests: 2, lateMs: 500 };

const setUp = () => {
  const state = { eventLoopDelayMs: 0 };
  const loadShedding = makeLoadShedding({ limits, eventLoopDelayMs: () => state.eventLoopDelayMs, fraction: () => 0 });
  /** One that is worked on until the test ends it. */
  const begin = () => {
    const work = Promise.withResolvers<void>();
    return { end: work.resolve, done: loadShedding.run(() => work.promise) };
  };
  return { state, loadShedding, begin };
};
const refusal = { code: 'unavailable', headers: { 'retry-after': '1' } };

test('as many as the limit are worked on, the next is refused, and one that ends lets another in', async () => {
  const { loadShedding, begin } = setUp();
  const all = Array.from({ length: 8 }, begin);
  expect(() => loadShedding.check()).toThrow(expect.objectContaining(refusal));
  await expect(begin().done).rejects.toMatchObject(refusal);
  all[0]?.end();
  await all[0]?.done;
  expect(() => loadShedding.check()).not.toThrow();
});

test('while the event loop is late, only a few are', () => {
  const { state, loadShedding, begin } = setUp();
  state.eventLoopDelayMs = 501;
  begin();
  expect(() => loadShedding.check()).not.toThrow();
  begin();
  expect(() => loadShedding.check()).toThrow(expect.objectContaining(refusal));
  state.eventLoopDelayMs = 500;
  expect(() => loadShedding.check()).not.toThrow();
});
