/**
 * What a stored record has that this release does not know, such as the field of a later one. It
 * travels with the noun, unopened, and every write puts it back as it was. The key is a symbol:
 * spreads copy it, views and fingerprints do not see it.
 */
const UNKNOWN = Symbol('attributes of another release');

type Carrier = { [UNKNOWN]?: unknown };

export const withUnknown = <T>(noun: T, attributes: unknown): T =>
  attributes === undefined ? noun : { ...noun, [UNKNOWN]: attributes };

export const unknownOf = (noun: unknown): unknown => (noun as Carrier)[UNKNOWN];

/** For erasure: what is not known may be about the person. */
export const withoutUnknown = <T extends object>(noun: T): T => {
  const { [UNKNOWN]: _, ...known } = noun as T & Carrier;
  return known as T;
};
