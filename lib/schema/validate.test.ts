import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJson } from './json.ts';
import { check } from './validate.ts';

const span = z.strictObject({ from: z.string(), until: z.string().optional() });
const schema = z.strictObject({
  span: span.optional(),
  spans: z.array(span).optional(),
  either: z.union([z.string(), span]).optional(),
  count: z.int().optional(),
  any: z.unknown().optional(),
});
const NO_DOUBLE = '9223372036854775808';

describe('a number that no double holds', () => {
  it.each([
    [`{"span":${NO_DOUBLE}}`, '/span', 'must be an object'],
    [`{"spans":[{"from":"a"},${NO_DOUBLE}]}`, '/spans/1', 'must be an object'],
    [NO_DOUBLE, '', 'must be an object'],
    [`{"either":${NO_DOUBLE}}`, '/either', 'must be an object'],
    [`{"span":{"from":${NO_DOUBLE}}}`, '/span/from', 'must be a string'],
    [`{"count":${NO_DOUBLE}}`, '/count', 'must be a number of at most 15 digits'],
  ])('in %s breaks one rule, at %s', (text, pointer, detail) => {
    expect(check(schema, parseJson(text)).errors).toEqual([{ pointer, detail }]);
  });

  it('is taken where any value is', () => {
    expect(check(schema, parseJson(`{"any":${NO_DOUBLE}}`)).errors).toBeUndefined();
  });
});

it('a union says what the branch that came nearest misses', () => {
  expect(check(schema, { either: { until: 'b' } }).errors).toEqual([
    { pointer: '/either/from', detail: 'is required' },
  ]);
  expect(check(schema, { either: { until: 5 } }, ['query']).errors?.map(({ pointer }) => pointer)).toEqual([
    ...['/query/either/from', '/query/either/until'],
  ]);
});
