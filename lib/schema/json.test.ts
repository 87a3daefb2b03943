import { describe, expect, it } from 'vitest';
import { ServiceError } from '../errors.ts';
import { DEPTH_MAX, parseJson, VALUES_MAX } from './json.ts';

const refusal = (text: string): ServiceError => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('it was taken');
};
const errorsOf = (text: string) => refusal(text).errors;

it('what is not JSON is refused without quoting it: an error may be logged, a body may not', () => {
  const { message, cause } = refusal('jane@example.com');
  expect(`${message} ${String(cause)}`).not.toContain('jane');
});

describe('a body', () => {
  it('has a limit for its JSON values, lists and objects counted', () => {
    const values = (count: number) => `[${Array.from({ length: count - 1 }, () => '1').join(',')}]`;
    expect(parseJson(values(VALUES_MAX))).toHaveLength(VALUES_MAX - 1);
    const rule = [{ pointer: '', detail: 'must hold at most 10000 JSON values in all' }];
    expect(errorsOf(values(VALUES_MAX + 1))).toEqual(rule);
    const nested = Array.from({ length: VALUES_MAX / 50 }, () => '['.repeat(50) + ']'.repeat(50));
    expect(errorsOf(`[${nested.join(',')}]`)).toEqual(rule);
    const members = Array.from({ length: VALUES_MAX }, (_, n) => `"k${n}":1`);
    expect(errorsOf(`{${members.join(',')}}`)).toEqual(rule);
  });

  it('has a limit for its depth', () => {
    const deep = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;
    expect(JSON.stringify(parseJson(deep(DEPTH_MAX)))).toBe(deep(DEPTH_MAX));
    expect(errorsOf(deep(DEPTH_MAX + 2))).toEqual([
      { pointer: '', detail: 'must not be nested deeper than 64 levels' },
    ]);
  });

  it.each([
    ['a number too large for a double', '{"a":[0,{"b":-1e400}]}', '/a/1/b', 'must be within the range of a double'],
    ['a number too small for a double', '{"a":[0,{"b":1e-400}]}', '/a/1/b', 'must be within the range of a double'],
    ['half a character', '{"a":[0,{"b":"\\ud800"}]}', '/a/1/b', 'must be well-formed Unicode'],
    ['a name that is half a character', '{"a":[0,{"\\ud800":1}]}', '/a/1', 'must be well-formed Unicode'],
    ['__proto__', '{"a":[{}],"b":[0,{"__proto__":1}]}', '/b/1/__proto__', 'is not an allowed name'],
    ['constructor.prototype', '{"a":{"constructor":{"prototype":1}}}', '/a/constructor/prototype', 'is not an allowed'],
  ])('with %s is refused where it is', (_, text, pointer, detail) => {
    expect(errorsOf(text)).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  it('keeps the digits of every number in it', () => {
    const text = '{"a":[9007199254740993,{"b":0.1234567890123456789}],"c":1}';
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  it('that is a number, of any length, is one and no object', () => {
    expect(typeof parseJson(' 9007199254740993')).toBe('number');
  });
});
