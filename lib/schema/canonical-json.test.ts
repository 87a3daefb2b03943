import { describe, expect, it } from 'vitest';
import { canonicalJson, fingerprint } from './canonical-json.ts';
import { parseJson } from './json.ts';

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, 3.2.3', () => {
    const value = {
      numbers: [JSON.parse('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members by UTF-16 code units', () => {
    const value = JSON.parse('{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}');
    expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });

  it('leaves out what is absent, and refuses what JSON cannot say', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, undefined, () => 1]) {
      expect(() => canonicalJson([value])).toThrow(TypeError);
    }
  });

  it('survives any depth and any width', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    let deeper: unknown = deep;
    for (let level = 0; level < 100_000; level += 1) deeper = { a: deeper };
    expect(canonicalJson(deeper)).toHaveLength(100_000 * 6 + 10_000);
    expect(canonicalJson(Array.from({ length: 200_000 }, () => 1))).toHaveLength(400_001);
  });

  it('tells numbers apart by their last digit, and not by their notation', () => {
    const print = (text: string) => fingerprint(parseJson(`{"n":${text}}`));
    expect(print('9007199254740993')).not.toBe(print('9007199254740992'));
    expect(print('0.12345678901234567890')).not.toBe(print('0.12345678901234567891'));
    expect(print('9007199254740993')).toBe(print('90071992547409930e-1'));
    expect(print('100')).toBe(print('1.0e2'));
    expect(canonicalJson(parseJson('[9007199254740993, 1e2]'))).toBe('[9007199254740993,100]');
  });

  it('gives other values other fingerprints: 43 characters of base64url', () => {
    expect(fingerprint({ a: 1, b: '1' })).not.toBe(fingerprint({ a: '1', b: 1 }));
    expect(fingerprint({})).toMatch(/^[\w-]{43}$/);
  });
});
