import { expect, test } from 'vitest';
import { ADMISSION_LIMITS, makeAdmission } from './load-shedding.ts';

const limits = { ...ADMISSION_LIMITS, requests: 8, lateRequests: 2, lateMs: 500 };

const setUp = () => {
  const state = { lagMs: 0 };
  const admission = makeAdmission({ limits, lagMs: () => state.lagMs, fraction: () => 0 });
  /** One that is worked on until told to end. */
  const begin = () => {
    const work = Promise.withResolvers<void>();
    return { end: work.resolve, done: admission.run(() => work.promise) };
  };
  return { state, admission, begin };
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
