import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsers, validations } from '../dynalite.ts';

const originals = parsers.map(({ parse }) => parse);
await import('./parsed-expressions.ts');
const patched = parsers.map(({ parse }) => parse);

const { validateExpressions } = validations as unknown as {
  /** Answers what is wrong, or puts what it has parsed into the request. */
  validateExpressions(request: Record<string, unknown>): string | undefined;
};

const validated = (parses: typeof originals, request: object) => {
  for (const [index, parser] of parsers.entries()) parser.parse = parses[index] ?? parser.parse;
  const data = structuredClone(request) as Record<string, unknown>;
  return { problem: validateExpressions(data), data };
};

const conditions = [
  '#s IN (:a, :b) AND n <= :n AND (attribute_not_exists(c) OR c > :n) AND attribute_not_exists(lease)',
  'attribute_not_exists(id) OR expires_at <= :n',
  'begins_with(#s, :a) AND size(list_of[0].x) > :n',
  ...['n BETWEEN :n AND :m', 'attribute_type(#s, :a)', '#s = :b', 'xyz = :b', '(#s = :a)', '((#s = :a))'],
  ...['#s = :missing', '#s =', '#constructor = :a', 'constructor.x = :a', 'list = :a'],
];
const updates = [
  'SET #s = :a, first_at = if_not_exists(first_at, :n), l = list_append(l, :list) ADD version :n REMOVE gone.x',
  ...['SET #s = :a', 'SET xyz = :a', 'SET #s = :a, #s = :b', 'ADD version :a', 'REMOVE #constructor.x'],
];
const projections = ['#s, a.b[3]', '#s, #s', 'xyz', '#constructor.x'];

const text = fc.constantFrom('S', 'a', 'b').map((S) => ({ S }));
const number = fc.integer({ min: 0, max: 9 }).map((n) => ({ N: String(n) }));
const value = fc.oneof(text, number);
const maybe = (expressions: string[]) => fc.option(fc.constantFrom(...expressions), { nil: undefined });

const NAMES: Record<string, string> = { '#s': 'state', '#constructor': 'constructor' };

/** With what the expressions use, and now and then more or less of it. */
const requests = fc
  .record({
    ConditionExpression: maybe(conditions),
    UpdateExpression: maybe(updates),
    FilterExpression: maybe(conditions),
    ProjectionExpression: maybe(projections),
  })
  .chain((expressions) => {
    const used = (sign: string): string[] => [
      ...new Set(Object.values(expressions).flatMap((each) => each?.match(new RegExp(`${sign}\\w+`, 'g')) ?? [])),
    ];
    const oneMoreOrLess = fc.option(fc.constantFrom('#s', '#constructor', ':a', ':n'), { nil: '', freq: 3 });
    const values = fc.record({ ':a': value, ':b': value, ':n': number, ':m': value, ':list': fc.constant({ L: [] }) });
    return fc.tuple(values, oneMoreOrLess).map(([all, other]) => {
      const given = (names: string[], of: Record<string, unknown>) =>
        Object.entries(of).filter(([name]) => names.includes(name) !== (name === other));
      const [names, attrValues] = [given(used('#'), NAMES), given(used(':'), all)];
      return {
        ...expressions,
        ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
        ...(attrValues.length > 0 && { ExpressionAttributeValues: Object.fromEntries(attrValues) }),
      };
    });
  });

it('makes of the expressions of a request what the parsers make, whatever requests came before', () => {
  let accepted = 0;
  fc.assert(
    fc.property(requests, (request) => {
      const fresh = validated(originals, request);
      expect(validated(patched, request)).toStrictEqual(fresh);
      if (fresh.problem === undefined) accepted += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(200);
});

it('takes a name for used that two expressions of a request use', () => {
  const shared = { ExpressionAttributeNames: { '#s': 'state' }, ConditionExpression: '#s = :b' };
  const values = { ':a': { S: 'a' }, ':b': { S: 'b' } };
  const both = { ...shared, ExpressionAttributeValues: values };
  expect(validated(patched, { ...both, UpdateExpression: 'SET #s = :a' }).problem).toBeUndefined();
  expect(validated(patched, { ...both, UpdateExpression: 'SET xyz = :a' }).problem).toBeUndefined();
});

it('gives each request its own copy', () => {
  const request = { UpdateExpression: 'SET xyz = :a', ExpressionAttributeValues: { ':a': { S: 'x' } } };
  const sectionsOf = () => (validated(patched, request).data._updates as { sections: unknown[] }).sections;
  sectionsOf().length = 0;
  expect(sectionsOf()).toHaveLength(1);
});
