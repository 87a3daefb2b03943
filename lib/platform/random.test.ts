import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivedId, hash32, random } from './random.ts';

const ID = /^ntf_[0-9a-hjkmnp-tv-z]{26}$/;

describe('ids and tokens', () => {
  it('have their form and do not repeat', () => {
    const ids = Array.from({ length: 2_000 }, () => random.id('ntf_'));
    for (const id of ids) expect(id).toMatch(ID);
    expect(new Set(ids).size).toBe(ids.length);
    const tokens = Array.from({ length: 2_000 }, random.token);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{12}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('use all 32 letters at every place', () => {
    const ids = Array.from({ length: 2_000 }, () => random.id(''));
    for (let place = 0; place < 26; place += 1) expect(new Set(ids.map((id) => id[place])).size).toBe(32);
  });

  it('give fractions in [0, 1)', () => {
    for (let n = 0; n < 1_000; n += 1) {
      const fraction = random.fraction();
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }
  });
});

describe('a derived id', () => {
  it('is the same for the same parts, and other for any others, however they are cut', () => {
    const parts = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(derivedId('ntf_', ...a)).toMatch(ID);
        expect(derivedId('ntf_', ...a) === derivedId('ntf_', ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(derivedId('ntf_', 'ab', 'c')).not.toBe(derivedId('ntf_', 'a', 'bc'));
    expect(derivedId('ntf_', '1:a;1:b;')).not.toBe(derivedId('ntf_', 'a', 'b'));
  });
});

describe('hash32', () => {
  it('is a 32-bit number, spread evenly', () => {
    const shards = new Array(8).fill(0);
    for (let n = 0; n < 8_000; n += 1) shards[hash32(`ntf_${n}`) % 8] += 1;
    for (const count of shards) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
