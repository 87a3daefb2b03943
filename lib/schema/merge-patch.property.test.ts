/** Held against section 2 of RFC 7396 as it is written there, and against the laws that follow from it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';
import { mergePatch } from './merge-patch.ts';

type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [name: string]: Json;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Line by line as the RFC has it, which changes its target. */
const mergePatchOfRfc = (given: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch;
  let target = given;
  if (!isObject(target)) target = {};
  for (const name of Object.keys(patch)) {
    const value = patch[name] as Json;
    if (value === null) {
      if (Object.hasOwn(target, name)) delete target[name];
    } else {
      const merged = mergePatchOfRfc(Object.hasOwn(target, name) ? target[name] : undefined, value);
      Object.defineProperty(target, name, { value: merged, configurable: true, enumerable: true, writable: true });
    }
  }
  return target;
};

const copy = (value: Json): Json => JSON.parse(JSON.stringify(value));
/** vitest takes a member named `constructor` for the class of the object. */
const same = (a: unknown, b: unknown): void => expect(canonicalJson(a)).toBe(canonicalJson(b));

/** Few names, so that target and patch meet; among them those that every object inherits. */
const name = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', '__proto__');
const jsonOf = (leaf: fc.Arbitrary<Json>) =>
  fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<Json>,
      tie('object'),
    ),
    object: fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<JsonObject>,
  }));
const some = fc.constantFrom<Json>(0, 1, 'x', '', true, false);
const json = jsonOf(fc.oneof(some, fc.constant(null)));
const withoutNull = jsonOf(some);

/** The patch that makes one object of another; neither has a null. */
const difference = (from: JsonObject, to: JsonObject): JsonObject => {
  const gone = Object.keys(from).filter((one) => !Object.hasOwn(to, one));
  const there = Object.keys(to).map((one): [string, Json] => {
    const [before, after] = [Object.hasOwn(from, one) ? from[one] : undefined, to[one] as Json];
    return [one, isObject(before) && isObject(after) ? difference(before, after) : after];
  });
  return Object.fromEntries([...gone.map((one): [string, Json] => [one, null]), ...there]);
};

describe('a merge', () => {
  it('is what the RFC says, and changes neither the target nor the patch', () => {
    fc.assert(
      fc.property(json.value, json.value, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        same(mergePatch(target, patch), mergePatchOfRfc(copy(target), patch));
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('repeated is the same', () => {
    fc.assert(
      fc.property(json.value, json.value, (target, patch) => {
        const once = mergePatch(target, patch);
        same(mergePatch(once, patch), once);
      }),
    );
  });

  it('makes of one object any other, where no member is null', () => {
    fc.assert(
      fc.property(withoutNull.object, withoutNull.object, (from, to) => {
        same(mergePatch(from, difference(from, to)), to);
      }),
    );
  });
});
