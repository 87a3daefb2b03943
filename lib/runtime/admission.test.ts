import { expect, test } from 'vitest';
import { ADMISSION_LIMITS, makeAdmission } from './admission.ts';

const limits = { ...ADMISSION_LIMITS, requests: 8, lateRequests: 2, lateMs: 500, slowMs: 1_000 };

const setUp = () => {
  const state = { now: 0, lagMs: 0 };
  const clock = { monotonic: () => state.now };
  const admission = makeAdmission({ limits, lagMs: () => state.lagMs, clock, fraction: () => 0 });
  /** One that is worked on until told to end. */
  const begin = () => {
    const work = Promise.withResolvers<void>();
    return { end: work.resolve, done: admission.run(() => work.promise) };
  };
  const answer = async (count: number, tookMs: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      const { end, done } = begin();
      state.now += tookMs;
      end();
      await done;
    }
  };
  return { state, admission, begin, answer };
};
const refusal = { code: 'unavailable', headers: { 'retry-after': '1' } };

test('as many as the limit are worked on, the next is refused, and one that ends makes room', async () => {
  const { admission, begin } = setUp();
  const all = Array.from({ length: 8 }, begin);
  expect(() => admission.check()).toThrow(expect.objectContaining(refusal));
  await expect(begin().done).rejects.toMatchObject(refusal);
  all[0]?.end();
  await all[0]?.done;
  expect(() => admission.check()).not.toThrow();
});

test('while the event loop is late, only a few are', () => {
  const { state, admission, begin } = setUp();
  state.lagMs = 501;
  begin();
  expect(() => admission.check()).not.toThrow();
  begin();
  expect(() => admission.check()).toThrow(expect.objectContaining(refusal));
  state.lagMs = 500;
  expect(() => admission.check()).not.toThrow();
});

test('while answers take long, only a few are, whoever is slow; one slow answer is no sign', async () => {
  const { admission, begin, answer } = setUp();
  await answer(1, 20_000);
  const first = [begin(), begin()];
  expect(() => admission.check()).not.toThrow();
  for (const { end } of first) end();
  await Promise.all(first.map(({ done }) => done));
  await answer(50, 2_000);
  begin();
  begin();
  expect(() => admission.check()).toThrow(expect.objectContaining(refusal));
});

test('answers that are quick again open the door again', async () => {
  const { admission, begin, answer } = setUp();
  await answer(50, 2_000);
  await answer(50, 10);
  begin();
  begin();
  expect(() => admission.check()).not.toThrow();
});
