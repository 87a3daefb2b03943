/** A schema of the SDK: `[kind, namespace, name, traits, ...]`, a function, or a simple type. */
export type Schema = unknown[] | (() => Schema) | number;
export const KIND = { list: 1, map: 2, structure: 3 };

/** A member is its schema, or a pair of its schema and traits. */
export const schemaOf = (reference: unknown): Schema => {
  const value = typeof reference === 'function' ? reference() : reference;
  return Array.isArray(value) && value.length === 2 ? schemaOf(value[0]) : (value as Schema);
};
