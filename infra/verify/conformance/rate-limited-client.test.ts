import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Client } from '../kit/client.ts';
import { withinRateLimit } from './rate-limited-client.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

const answer = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  body: {},
  text: '',
  durationMs: 0,
});
const limited = (left: number): Record<string, string> => ({
  'ratelimit-policy': '"default";q=1000;w=10',
  ratelimit: `"default";r=${left};t=7`,
});
/** Answers one after the other, the last for good. */
const answering = (...answers: Answer[]) => {
  const call = vi.fn(async () => (answers.length > 1 ? answers.shift() : answers[0]));
  return { call, client: withinRateLimit({ call: call as unknown as Client['call'], close: () => undefined }) };
};
/** How long it takes, in ms of the fake clock. */
const lasting = async (work: Promise<unknown>): Promise<number> => {
  const [startedAt, ended] = [Date.now(), work.then(() => Date.now())];
  await vi.runAllTimersAsync();
  return (await ended) - startedAt;
};

test('a request that is refused for 3 s is sent again after 3 s', async () => {
  const { client, call } = answering(answer(429, { 'retry-after': '3' }), answer(200));
  const asked = client.call('GET', '/');
  expect(await lasting(asked)).toBe(3_000);
  expect([(await asked).status, call.mock.calls.length]).toEqual([200, 2]);
});

test('a refusal for long, or again and again, is the answer', async () => {
  const hour = answering(answer(429, { 'retry-after': '3600' }));
  expect([await lasting(hour.client.call('GET', '/')), hour.call.mock.calls.length]).toEqual([0, 1]);
  const always = answering(answer(429, { 'retry-after': '1' }));
  expect([await lasting(always.client.call('GET', '/')), always.call.mock.calls.length]).toEqual([4_000, 5]);
});

test('with little of the quota left the next thing waits for the next window', async () => {
  const { client } = answering(answer(200), answer(200, limited(400)), answer(200, limited(399)), answer(200));
  const waited: number[] = [await lasting(client.untilQuota())];
  for (let n = 0; n < 4; n += 1) {
    await client.call('GET', '/');
    waited.push(await lasting(client.untilQuota()));
  }
  expect(waited).toEqual([0, 0, 0, 7_000, 0]);
});
