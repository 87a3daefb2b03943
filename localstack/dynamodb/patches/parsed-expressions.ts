/**
 * Mends: dynalite parses each expression again.
 * Why: that takes more than a quarter of the time of a delivery, and the service has a few dozen expressions.
 * Relies on: validations call `parse` through the parsers' modules; its result holds the values themselves.
 */
import { makeBoundedCache } from '../../../lib/concurrency/bounded-cache.ts';
import { type ExpressionContext, type Parser, parsers } from '../dynalite.ts';

const EXPRESSIONS_MAX = 1_000;
/** Whether these are valid depends on values, and not on their types alone. */
const DEPENDS_ON_VALUES = /between|attribute_type/i;

/** Stands for a value. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

interface Known {
  /** What the parser made, with placeholders. */
  form: unknown;
  /** The names and values that the expression uses. */
  names: string[];
  values: string[];
}

/** A deep copy in which `replace` has replaced objects: those for which it answers anything. */
const copy = (node: unknown, replace: (node: object) => unknown): unknown => {
  if (typeof node !== 'object' || node === null) return node;
  const replaced = replace(node);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(node)) return node.map((each) => copy(each, replace));
  // dynalite's maps by attribute name have no prototype: an attribute may be named `constructor`.
  const made: Record<string, unknown> = Object.create(Object.getPrototypeOf(node));
  for (const [key, each] of Object.entries(node)) made[key] = copy(each, replace);
  return made;
};

const allOf = (record: object = {}): Record<string, true> =>
  Object.fromEntries(Object.keys(record).map((name) => [name, true as const]));

/** All that the result depends on, where the expression depends on no value. */
const keyOf = (expression: string, { attrNames, attrVals = {}, isKeyCondition }: ExpressionContext): string =>
  JSON.stringify([
    expression,
    isKeyCondition,
    attrNames,
    Object.entries(attrVals).map(([name, value]) => [name, Object.keys(value)]),
  ]);

const remember = (parser: Parser): void => {
  const { parse } = parser;
  const cache = makeBoundedCache<Known>(EXPRESSIONS_MAX);

  /** A text says what is wrong, and is not kept. */
  const learn = (key: string, expression: string, context: ExpressionContext): Known | string => {
    const { attrNames = {}, attrVals = {} } = context;
    // Of its own: another expression of the request may have used the same names already.
    const unused = { unusedAttrNames: allOf(attrNames), unusedAttrVals: allOf(attrVals) };
    const parsed = parse(expression, { context: { ...context, ...unused } });
    if (typeof parsed === 'string') return parsed;
    const nameOf = new Map<object, string>(Object.entries(attrVals).map(([name, value]) => [value, name]));
    const known = {
      form: copy(parsed, (node) => (nameOf.has(node) ? new Placeholder(nameOf.get(node) ?? '') : undefined)),
      names: Object.keys(attrNames).filter((name) => !(name in unused.unusedAttrNames)),
      values: Object.keys(attrVals).filter((name) => !(name in unused.unusedAttrVals)),
    };
    cache.set(key, known);
    return known;
  };

  parser.parse = (expression, { context }) => {
    if (DEPENDS_ON_VALUES.test(expression)) return parse(expression, { context });
    const key = keyOf(expression, context);
    const known = cache.get(key) ?? learn(key, expression, context);
    if (typeof known === 'string') return known;
    for (const name of known.names) delete context.unusedAttrNames[name];
    for (const name of known.values) delete context.unusedAttrVals[name];
    return copy(known.form, (node) => (node instanceof Placeholder ? context.attrVals?.[node.name] : undefined));
  };
};

for (const parser of parsers) remember(parser);
