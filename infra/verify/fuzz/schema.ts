/** JSON Schema 2020-12, as zod writes it -> values that it takes. */
import fc, { type Arbitrary } from 'fast-check';
import type { OpenApiDocument } from '../kit/openapi-conformance.ts';
import { type JsonSchema, resolveSchema } from './document.ts';

/** What stands for a field instead of its schema, because its rule is one that no schema can say. */
export type Fields = Record<string, Arbitrary<unknown>>;

/** Long texts cost time and prove nothing beyond the length itself. */
const LENGTH_MAX = 80;
const ITEMS_MAX = 4;

/** Keys that the service refuses everywhere. */
const isHarmless = (key: string): boolean => key !== '__proto__' && key !== 'constructor' && key.isWellFormed();

const key = fc.string({ maxLength: 12 }).filter(isHarmless);
const leaf = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
/** Any JSON that a well-meaning client could send. */
export const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }) },
  ),
})).value;

const fits = ({ minLength = 0, maxLength = Number.POSITIVE_INFINITY }: JsonSchema) => {
  // JSON Schema counts code points, JavaScript code units: both must be content.
  return (text: string) => [...text].length >= minLength && text.length <= maxLength && text.isWellFormed();
};

const stringOf = (schema: JsonSchema): Arbitrary<string> => {
  const { pattern, minLength = 0, maxLength = LENGTH_MAX, examples } = schema;
  if (schema.format === 'date-time')
    return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern === undefined) {
    const bounds = { minLength, maxLength: Math.min(maxLength, Math.max(LENGTH_MAX, minLength)) };
    return fc.oneof(fc.string(bounds), fc.string({ ...bounds, unit: 'grapheme' })).filter(fits(schema));
  }
  const known = (examples ?? []).filter((one) => typeof one === 'string');
  try {
    return fc.stringMatching(new RegExp(pattern), { size: 'small' }).filter(fits(schema));
  } catch {
    // Look-aheads cannot be generated from; the document's own examples must do.
    if (known.length === 0) throw new Error(`No text can be made for ${pattern}, and it has no example`);
    return fc.constantFrom(...known);
  }
};

const numberOf = (schema: JsonSchema, whole: boolean): Arbitrary<number> => {
  const { minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1, exclusiveMinimum, exclusiveMaximum } = schema;
  if (whole) {
    const min = Math.ceil(Math.max(minimum, (exclusiveMinimum ?? minimum - 1) + 1));
    return fc.integer({ min, max: Math.floor(Math.min(maximum, (exclusiveMaximum ?? maximum + 1) - 1)) });
  }
  return fc.double({ min: exclusiveMinimum ?? minimum, max: exclusiveMaximum ?? maximum, noNaN: true });
};

/** @param path the names that lead to it: a field's own arbitrary is found by its last one */
export const arbitraryOf = (document: OpenApiDocument, given: JsonSchema, fields: Fields = {}): Arbitrary<unknown> => {
  const inner = (schema: JsonSchema) => arbitraryOf(document, schema, fields);
  const schema = resolveSchema(document, given);

  const objectOf = (): Arbitrary<unknown> => {
    const {
      properties = {},
      required = [],
      additionalProperties,
      propertyNames,
      minProperties = 0,
      maxProperties,
    } = schema;
    const named = Object.entries(properties).map(
      ([name, property]) => [name, fields[name] ?? inner(property)] as const,
    );
    const own = fc.record(Object.fromEntries(named), { requiredKeys: required, noNullPrototype: true });
    if (typeof additionalProperties !== 'object') return own;
    const names = (propertyNames ? (inner(propertyNames) as Arbitrary<string>) : key).filter(isHarmless);
    const value = Object.keys(additionalProperties).length === 0 ? anyJson : inner(additionalProperties);
    const extra = fc.dictionary(names, value, {
      minKeys: minProperties,
      maxKeys: Math.min(maxProperties ?? ITEMS_MAX, ITEMS_MAX),
      noNullPrototype: true,
    });
    return fc.tuple(extra, own).map(([more, known]) => ({ ...more, ...(known as object) }));
  };

  const byType = (type: string | undefined): Arbitrary<unknown> => {
    switch (type) {
      case 'string':
        return stringOf(schema);
      case 'integer':
      case 'number':
        return numberOf(schema, type === 'integer');
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array': {
        const { items = {}, minItems = 0, maxItems = ITEMS_MAX } = schema;
        return fc.array(inner(items), {
          minLength: minItems,
          maxLength: Math.max(minItems, Math.min(maxItems, ITEMS_MAX)),
        });
      }
      case 'object':
        return objectOf();
      default:
        return anyJson;
    }
  };

  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return fc.oneof(...branches.map(inner));
  // Beside a type it says which fields go together: `repairsAt` keeps to that.
  if (schema.allOf && schema.type === undefined) throw new Error('allOf without a type is not generated from');
  return Array.isArray(schema.type) ? fc.oneof(...schema.type.map(byType)) : byType(schema.type);
};
