import { expect, test } from 'vitest';
import { until, useWorld } from './kit.ts';

const world = useWorld();

test('a webhook reaches the receiver signed with every secret, and the same bytes again after a failure', async () => {
  const { receiver } = world;
  let calls = 0;
  receiver.behave('/flaky', () => {
    calls += 1;
    return calls === 1 ? 503 : 204;
  });
  const { id } = await world.create({ webhook_url: receiver.url('/flaky') });
  await world.untilIs(id, 'RETRYING');
  await world.advance('PT6S');
  await world.untilIs(id, 'SENT');
  const [first, second] = receiver.of(id);
  expect(second?.text).toBe(first?.text);
  expect([first?.verified, second?.verified]).toEqual([
    [true, true],
    [true, true],
  ]);
});

test('what is awaited and never comes is named', async () => {
  await expect(until('the moon', () => false, { deadlineMs: 50 })).rejects.toThrow('Not within 50 ms: the moon');
});
