import { expect, it } from 'vitest';
import { makeRoom } from './keyed-limit.ts';

const refused = new Error('full');

it('refuses what a group brings beyond its room at once, and nobody else; what ends, well or not, makes room', async () => {
  const inRoom = makeRoom(2, () => refused);
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  const working = [inRoom('a', () => first.promise), inRoom('a', () => second.promise)];
  let begun = false;
  const third = inRoom('a', async () => {
    begun = true;
  });
  await expect(third).rejects.toBe(refused);
  expect(begun).toBe(false);
  expect(await inRoom('b', async () => 'done')).toBe('done');

  second.reject(new Error('broken'));
  await expect(working[1]).rejects.toThrow('broken');
  expect(await inRoom('a', async () => 'done')).toBe('done');
  first.resolve('done');
  expect(await working[0]).toBe('done');
});
