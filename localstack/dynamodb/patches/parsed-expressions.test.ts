import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dbModule, type ExpressionContext, parsers } from '../dynalite.ts';

const [condition, update, projection] = parsers;
if (!condition || !update || !projection) throw new Error('dynalite has three parsers');
const originals = new Map(parsers.map((parser) => [parser, parser.parse]));
await import('./parsed-expressions.ts');

const expressions = [
  [condition, '#s IN (:a, :b) AND n <= :n AND (attribute_not_exists(c) OR c > :n) AND attribute_not_exists(lease)'],
  [condition, 'attribute_not_exists(id) OR expires_at <= :n'],
  [condition, 'begins_with(#s, :a) AND size(list[0].x) > :n'],
  [condition, 'n BETWEEN :n AND :m'],
  [condition, 'attribute_type(#s, :a)'],
  [condition, '(#s = :a)'],
  [condition, '((#s = :a))'],
  [condition, '#s = :missing'],
  [condition, '#s ='],
  [update, 'SET #s = :a, first = if_not_exists(first, :n), l = list_append(l, :list) ADD version :n REMOVE gone.x'],
  [update, 'SET #s = :a, #s = :b'],
  [update, 'ADD version :a'],
  [projection, '#s, a.b[3]'],
  [projection, '#s, #s'],
] as const;

const text = fc.constantFrom('S', 'a', 'b');
const number = fc.integer({ min: 0, max: 9 }).map((n) => ({ N: String(n) }));
const value = fc.oneof(
  text.map((S) => ({ S })),
  number,
);
const values = fc.record({ ':a': value, ':b': value, ':n': number, ':m': value, ':list': fc.constant({ L: [] }) });

const isReserved = (name: string): boolean => name === 'list';
const { compare } = dbModule as unknown as { compare: unknown };

const contextOf = (attrVals: Record<string, object>): ExpressionContext => ({
  attrNames: { '#s': 'state' },
  attrVals,
  unusedAttrNames: { '#s': true },
  unusedAttrVals: Object.fromEntries(Object.keys(attrVals).map((name) => [name, true as const])),
  ...{ isReserved, compare },
});

it('makes of an expression that it knows what the parser makes, with the values of the request', () => {
  fc.assert(
    fc.property(fc.constantFrom(...expressions), values, ([parser, expression], attrVals) => {
      const [known, fresh] = [contextOf(attrVals), contextOf(attrVals)];
      const attempt = (parse: typeof parser.parse, context: ExpressionContext): unknown => {
        try {
          return parse(expression, { context });
        } catch (error) {
          return String(error);
        }
      };
      const original = originals.get(parser) ?? parser.parse;
      expect(attempt(parser.parse, known)).toEqual(attempt(original, fresh));
      expect(known).toEqual(fresh);
    }),
    { numRuns: 2_000 },
  );
});

it('gives each request its own copy', () => {
  const parse = () =>
    update.parse('SET #s = :a', { context: contextOf({ ':a': { S: 'x' } }) }) as { sections: unknown[] };
  parse().sections.length = 0;
  expect(parse().sections).toHaveLength(1);
});
