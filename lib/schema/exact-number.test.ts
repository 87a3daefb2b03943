import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberParts } from '../testing/exact-value.ts';
import { digitsOf, ExactNumber, parseStoredJson, withExactNumbers } from './exact-number.ts';

const parse = (text: string): unknown => withExactNumbers(text, JSON.parse(text));
const written = (text: string): string => JSON.stringify(parse(`[${text}]`)).slice(1, -1);

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((all) => all.join(''));
const whole = fc.oneof(
  digits(1, 40).map((text) => text.replace(/^0+(?=.)/, '')),
  fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }).map(String),
);
const optional = (text: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), text);
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    whole,
    optional(digits(1, 40).map((text) => `.${text}`)),
    optional(
      fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 260 })).map((parts) => parts.join('')),
    ),
  )
  .map((parts) => parts.join(''));

describe('a number in JSON', () => {
  it('is the same number when it is written out, whatever its digits and its notation', () => {
    fc.assert(
      fc.property(number, (text) => {
        expect(numberParts(written(text))).toEqual(numberParts(text));
      }),
    );
  });

  it('is written in one way, however it was given', () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 5 }), (text, shift) => {
        const [all, power] = numberParts(text);
        const other = all === 0n ? `0e${shift}` : `${all}${'0'.repeat(shift)}e${power - shift}`;
        expect(written(other)).toBe(written(text).replace(/^-0$/, '0'));
      }),
    );
  });

  it('is read from the store as it was written there', () => {
    fc.assert(
      fc.property(fc.array(number), (all) => {
        const stored = JSON.stringify(parse(`{"all":[${all}]}`));
        expect(JSON.stringify(parseStoredJson(stored))).toBe(stored);
      }),
    );
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993.0', '-9007199254740993'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['0.00000000000000000012345678901234567890', '1.234567890123456789e-19'],
    ['4.94e-324', '4.94e-324'],
    ['12345678901234567e280', '1.2345678901234567e+296'],
    ['0.00001234567890123456789', '0.00001234567890123456789'],
  ])('%s, which a double does not hold, is read as it is', (text, digits) => {
    expect(parse(`{"n": ${text}}`)).toEqual({ n: new ExactNumber(digits) });
    expect(written(text)).toBe(digits);
  });

  it.each([
    '1.10',
    '1e2',
    '0.1',
    '1e23',
    '9007199254740992',
    '1.7976931348623157e308',
    '5e-324',
    '0.30000000000000004',
  ])('%s, which a double holds, stays one', (text) => {
    expect(parse(`[${text}, 9007199254740993]`)).toEqual([Number(text), new ExactNumber('9007199254740993')]);
  });

  it('beyond the range of a double is no number', () => {
    const text = '[1e400, -1e400, 1e-400, -0.01e-0400, 0e-400, 9007199254740993]';
    const [large, negative, small, smaller, zero] = parse(text) as number[];
    expect([large, negative, small, smaller, zero]).toEqual([Infinity, -Infinity, NaN, NaN, 0]);
  });
});

it('texts and names stay as they are, also those that look like numbers, and the last of equal names counts', () => {
  const text = '{"9007199254740993":"[9007199254740993]","a":1,"a":9007199254740995,"b":[{"c":null},true]}';
  expect(JSON.stringify(parse(text))).toBe(text.replace('"a":1,', ''));
});

it('a member called as the class calls its own is no number', () => {
  const text = '{"digits":"1","rawJSON":"2","a":9007199254740993}';
  expect(JSON.stringify(parse(text))).toBe(text);
});

it('for people and ids a number is in full up to 22 digits, where JavaScript begins with exponents', () => {
  expect([1e21, -0, 0.5, 1e-7, 1e300].map(digitsOf)).toEqual(['1000000000000000000000', '0', '0.5', '1e-7', '1e+300']);
  expect(digitsOf(new ExactNumber('9007199254740993'))).toBe('9007199254740993');
});
