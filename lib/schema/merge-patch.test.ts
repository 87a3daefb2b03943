import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { ExactNumber } from './exact-number.ts';
import { type MergePatch, mergePatch, mergePatchShape } from './merge-patch.ts';

describe('a merge', () => {
  // RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('of %s with %s is %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('takes a number of many digits for a value, not for an object', () => {
    const number = new ExactNumber('9007199254740993');
    expect(mergePatch({ a: number }, { b: number })).toEqual({ a: number, b: number });
    expect(mergePatch({ a: { b: 1 } }, { a: number })).toEqual({ a: number });
    expect(mergePatch({ a: number }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});

describe('the schema of a patch', () => {
  const shape = {
    name: z.string().max(5),
    tags: z.array(z.string()).optional().meta({ description: 'Its tags.' }),
    window: z.strictObject({ from: z.string(), until: z.string().optional() }).meta({ id: 'TestWindow' }).optional(),
    counts: z.record(z.string().max(3), z.int()).optional(),
    data: z.record(z.string(), z.unknown()).optional(),
  };
  const schema = z.strictObject(mergePatchShape(shape));
  const takes = (patch: unknown) => schema.safeParse(patch).success;

  it('requires nothing, and takes null for what is removed, at every depth', () => {
    for (const patch of [
      {},
      { name: null, tags: null, window: null, counts: null, data: null },
      { window: { until: null } },
      { window: { from: null, until: '18:00' } },
      { counts: { a: null, b: 1 }, data: { a: null, b: { c: null } } },
    ])
      expect(takes(patch), JSON.stringify(patch)).toBe(true);
  });

  it('refuses values and members that a create would refuse', () => {
    for (const patch of [
      { name: 'longer' },
      { tags: [null] },
      { window: { to: '1' } },
      { window: [] },
      { counts: { long: 1 } },
      { counts: { a: 'b' } },
      { other: 1 },
    ])
      expect(takes(patch), JSON.stringify(patch)).toBe(false);
  });

  it('keeps descriptions, and names the patch of a named object', () => {
    expect(schema.shape.tags.meta()).toEqual({ description: 'Its tags.' });
    expect(schema.shape.window.unwrap().unwrap().meta()).toEqual({ id: 'TestWindowPatch' });
  });

  it('has a type that says the same', () => {
    expectTypeOf<MergePatch<{ a: string; b?: { c: number[] } }>>().toEqualTypeOf<{
      a?: string | null | undefined;
      b?: { c?: number[] | null | undefined } | null | undefined;
    }>();
  });
});
