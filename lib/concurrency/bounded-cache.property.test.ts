import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeBoundedCache } from './bounded-cache.ts';

const keys = fc.constantFrom(...'abcdefg');
const action = fc.record({ verb: fc.constantFrom('set', 'use', 'get', 'delete'), key: keys });

describe('a bounded cache', () => {
  it('holds what a list of the last ones set or used holds, and never more', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (actions, max) => {
        const cache = makeBoundedCache<string>(max);
        let newest: string[] = [];
        for (const { verb, key } of actions) {
          if (verb === 'set') cache.set(key, key);
          if (verb === 'use') expect(cache.use(key, () => key)).toBe(key);
          if (verb === 'get') expect(cache.get(key)).toBe(newest.includes(key) ? key : undefined);
          if (verb === 'delete') cache.delete(key);
          if (verb !== 'get') newest = newest.filter((one) => one !== key);
          if (verb === 'set' || verb === 'use') newest = [key, ...newest].slice(0, max);
          expect(cache.size()).toBe(newest.length);
        }
        for (const key of 'abcdefg') expect(cache.get(key)).toBe(newest.includes(key) ? key : undefined);
      }),
    );
  });

  it('keeps what is in use, however long ago that was, and forgets the oldest that is idle', () => {
    const cache = makeBoundedCache<{ isIdle: boolean }>(2, ({ isIdle }) => isIdle);
    const busy = { isIdle: false };
    cache.set('busy', busy);
    cache.set('idle', { isIdle: true });
    cache.set('new', { isIdle: true });
    expect([cache.get('busy'), cache.get('idle'), cache.size()]).toEqual([busy, undefined, 2]);
  });

  it('grows beyond its limit rather than forget what is in use, or the newest', () => {
    const cache = makeBoundedCache<string>(1, (value) => value !== 'busy');
    for (const [key, value] of [
      ['a', 'busy'],
      ['b', 'busy'],
      ['c', 'idle'],
    ] as const)
      cache.set(key, value);
    expect(['a', 'b', 'c'].map(cache.get)).toEqual(['busy', 'busy', 'idle']);
  });
});
