import { ServiceError, validationFailed } from '../errors.ts';
import { pointerOf } from './validate.ts';

/** Deeper than any honest payload, and shallow enough for every recursion behind this door. */
export const DEPTH_MAX = 64;

const refuse = (path: PropertyKey[], detail: string): never => {
  throw validationFailed([{ pointer: pointerOf(path), detail }]);
};

/** `__proto__` and `constructor.prototype` change other objects once something merges them (CWE-1321). */
const refusePollution = (key: string, value: unknown, path: PropertyKey[]): void => {
  if (key === '__proto__') refuse(path, 'is not an allowed name');
  if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')) {
    refuse([...path, 'prototype'], 'is not an allowed name');
  }
};

/** JSON allows what no store keeps: lone surrogates (not UTF-8), and 1e999, which JavaScript reads as Infinity. */
const refuseUnstorable = (value: unknown, path: PropertyKey[]): void => {
  if (typeof value === 'string' && !value.isWellFormed()) refuse(path, 'must be well-formed Unicode');
  if (typeof value === 'number' && !Number.isFinite(value)) refuse(path, 'must be a finite number');
};

const inspect = (value: unknown, path: PropertyKey[]): void => {
  refuseUnstorable(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= DEPTH_MAX) refuse([], `must not be nested deeper than ${DEPTH_MAX} levels`);
  for (const [key, item] of Object.entries(value)) {
    const inner = [...path, key];
    refuseUnstorable(key, path);
    refusePollution(key, item, inner);
    inspect(item, inner);
  }
};

/** Text -> JSON value that is safe to merge, walk and store. Throws `malformed-json` or `validation-failed`. */
export const parseJson = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Without its cause, which quotes the text: logs hold no bodies.
    throw new ServiceError('malformed-json', text === '' ? 'A JSON body is required.' : 'The body is not valid JSON.');
  }
  inspect(value, []);
  return value;
};
