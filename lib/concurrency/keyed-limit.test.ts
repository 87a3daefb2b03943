import { expect, it } from 'vitest';
import { makeKeyedLimit } from './keyed-limit.ts';

const refused = new Error('full');

it('refuses what a group brings beyond its limit at once, and no other group; what ends, well or not, frees its place', async () => {
  const withinLimit = makeKeyedLimit(2, () => refused);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const working = [withinLimit('a', () => first.promise), withinLimit('a', () => second.promise)];
  let begun = false;
  const third = withinLimit('a', async () => {
    begun = true;
  });
  await expect(third).rejects.toBe(refused);
  expect(begun).toBe(false);
  expect(await withinLimit('b', async () => 'done')).toBe('done');

  second.reject(new Error('broken'));
  await expect(working[1]).rejects.toThrow('broken');
  expect(await withinLimit('a', async () => 'done')).toBe('done');
  first.resolve('done');
  expect(await working[0]).toBe('done');
});
