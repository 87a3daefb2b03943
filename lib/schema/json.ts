import { ServiceError, validationFailed } from '../errors.ts';
import { ExactNumber, withExactNumbers } from './exact-number.ts';
import { pointerOf } from './validate.ts';

/** Deeper than any honest payload, and shallow enough for every recursion over a body. */
export const DEPTH_MAX = 64;
/** Each costs time in every step of a request; 256 KB could hold 130,000 of them. */
export const VALUES_MAX = 10_000;

const refuse = (path: PropertyKey[], detail: string): never => {
  throw validationFailed([{ pointer: pointerOf(path), detail }]);
};

/** `__proto__` and `constructor.prototype` change other objects once something merges them (CWE-1321). */
const refusePollution = (key: PropertyKey, value: unknown, path: PropertyKey[]): void => {
  if (key === '__proto__') refuse(path, 'is not an allowed name');
  if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')) {
    refuse([...path, 'prototype'], 'is not an allowed name');
  }
};

/**
 * JSON allows what no store keeps: lone surrogates (not UTF-8), and 1e999, which JavaScript reads
 * as Infinity.
 */
const refuseUnstorable = (value: unknown, path: PropertyKey[]): void => {
  if (typeof value === 'string' && !value.isWellFormed()) refuse(path, 'must be well-formed Unicode');
  if (typeof value === 'number' && !Number.isFinite(value)) {
    refuse(path, 'must be within the range of a double: 0, or 5e-324 to 1.7976931348623157e308');
  }
};

/** Of several texts that count as one. */
export interface ValueCount {
  values: number;
}

/** How much a walk over a value may cost. */
interface JsonLimits {
  values: number;
  depth: number;
}

const inspect = (root: unknown, total: ValueCount, limits: JsonLimits, isJudged = true): void => {
  // One path for all, not a copy for each value.
  const path: PropertyKey[] = [];
  const visit = (value: unknown): void => {
    total.values += 1;
    if (total.values > limits.values) refuse([], `must hold at most ${limits.values} JSON values in all`);
    if (isJudged) refuseUnstorable(value, path);
    if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return;
    if (path.length >= limits.depth) refuse([], `must not be nested deeper than ${limits.depth} levels`);
    for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
      const item = (value as Record<PropertyKey, unknown>)[key];
      if (isJudged) refuseUnstorable(key, path);
      path.push(key);
      if (isJudged) refusePollution(key, item, path);
      visit(item);
      path.pop();
    }
  };
  visit(root);
};

const LIMITS: JsonLimits = { values: VALUES_MAX, depth: DEPTH_MAX };

const parseText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Without its cause, which quotes the text: logs hold no bodies.
    throw new ServiceError('malformed-json', text === '' ? 'A JSON body is required.' : 'The body is not valid JSON.');
  }
};

/**
 * Text -> JSON value that is safe to merge, walk and store; what a double does not hold is an `ExactNumber`.
 * Throws `malformed-json` or `validation-failed`.
 * @param total of the texts parsed before; this one's values are added
 */
export const parseJson = (text: string, total: ValueCount = { values: 0 }): unknown => {
  const value = parseText(text);
  const before = total.values;
  inspect(value, total, LIMITS);
  const exact = withExactNumbers(text, value);
  if (exact !== value) inspect(exact, { values: before }, LIMITS);
  return exact;
};

/**
 * As `parseJson`, of a text with several values that are judged one by one: by {@link checkJson}.
 * Throws `malformed-json`, and `validation-failed` beyond the limits.
 */
export const parseJsonWithin = (text: string, limits: JsonLimits): unknown => {
  const value = parseText(text);
  inspect(value, { values: 0 }, limits, false);
  return withExactNumbers(text, value);
};

/** Throws `validation-failed` for a value that `parseJson` would not give. */
export const checkJson = (value: unknown): void => inspect(value, { values: 0 }, LIMITS);
