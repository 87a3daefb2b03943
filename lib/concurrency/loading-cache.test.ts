import { describe, expect, it } from 'vitest';
import { makeTestClock } from '../testing/clock.ts';
import { makeLoadingCache } from './loading-cache.ts';

const setUp = (answers: (string | Error | Promise<string>)[]) => {
  const clock = makeTestClock();
  const loaded: string[] = [];
  const load = async (key: string): Promise<string> => {
    loaded.push(key);
    const answer = answers.shift() ?? key;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { clock, loaded, cache: makeLoadingCache({ load, maxAgeMs: 1_000, entriesMax: 2, clock }) };
};

describe('a loading cache', () => {
  it('reads once for all who ask, and again when what it read is too old', async () => {
    const { cache, clock, loaded } = setUp(['first', 'second']);
    expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual(['first', 'first']);
    clock.pass(1_000);
    expect([await cache.get('a'), loaded]).toEqual(['second', ['a', 'a']]);
  });

  it('keeps no failure', async () => {
    const { cache } = setUp([new Error('down')]);
    await expect(cache.get('a')).rejects.toThrow('down');
    expect(await cache.get('a')).toBe('a');
  });

  it('keeps what this process wrote, also when a read that began before it fails or ends after it', async () => {
    for (const late of [Promise.resolve('old'), Promise.reject(new Error('down'))]) {
      const { cache } = setUp([late]);
      const reading = cache.get('a').catch(() => 'failed');
      cache.set('a', 'mine');
      await reading;
      expect(await cache.get('a')).toBe('mine');
    }
  });

  it('reads again what was dropped, and what others have displaced', async () => {
    const { cache, loaded } = setUp([]);
    for (const key of ['a', 'b', 'c', 'a']) await cache.get(key);
    cache.drop('a');
    await cache.get('a');
    expect(loaded).toEqual(['a', 'b', 'c', 'a', 'a']);
  });
});
