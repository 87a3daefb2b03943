import type { ZodType } from 'zod';
import type { $ZodIssue } from 'zod/v4/core';
import { type FieldError, POINTER_MAX, ServiceError, validationFailed } from '../errors.ts';
import { ExactNumber } from './exact-number.ts';
import { ruleOf } from './rule-texts.ts';

type Path = readonly PropertyKey[];

/** Of a longer name no more is shown: 100 KB of them would be escaped for nothing. */
const shown = (key: PropertyKey): string => String(key).slice(0, POINTER_MAX + 1);

/** RFC 6901: `~` is written `~0`, `/` is written `~1`. */
export const pointerOf = (path: Path): string =>
  path.map((key) => `/${shown(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Whether a branch of a union failed at its root: then it says nothing about what the caller meant. */
const failsAtRoot = (issues: readonly $ZodIssue[]): boolean =>
  issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys' && issue.code !== 'custom');

/** The branch that came nearest: its root fits, and it has the fewest complaints. */
const nearest = (branches: readonly $ZodIssue[][]): $ZodIssue[] | undefined =>
  branches.filter((issues) => !failsAtRoot(issues)).sort((a, b) => a.length - b.length)[0];

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;

/**
 * How far along a path there is a number that no double holds; -1 for nowhere. To a schema such a number is
 * an object, with members that were not sent.
 */
const exactNumberOn = (value: unknown, path: Path): number => {
  let found = value;
  for (const [depth, key] of path.entries()) {
    if (found instanceof ExactNumber) return depth;
    found = memberOf(found, key);
  }
  return found instanceof ExactNumber ? path.length : -1;
};

/** Paths of an issue begin in a value; a prefix is the path to that. */
interface Place {
  prefix: Path;
  value: unknown;
}

const unionErrors = (issue: Extract<$ZodIssue, { code: 'invalid_union' }>, place: Place): FieldError[] => {
  const branches = issue.errors as $ZodIssue[][];
  const branch = nearest(branches);
  if (branch) return branch.flatMap((nested) => fieldErrors(nested, place));
  const rules = new Set(branches.flat().map((nested) => nested.message));
  return [{ pointer: pointerOf(place.prefix), detail: [...rules].join(', or ') || issue.message }];
};

const fieldErrors = (issue: $ZodIssue, { prefix, value }: Place): FieldError[] => {
  const path = [...prefix, ...issue.path];
  const depth = exactNumberOn(value, issue.path);
  if (depth >= 0 && (depth < issue.path.length || issue.code === 'unrecognized_keys'))
    return [{ pointer: pointerOf(path.slice(0, prefix.length + depth)), detail: 'must be an object' }];
  const place = { prefix: path, value: issue.path.reduce(memberOf, value) };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), detail: issue.message }));
    case 'invalid_union':
      return unionErrors(issue, place);
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((nested) => fieldErrors(nested as $ZodIssue, place));
    default:
      return [{ pointer: pointerOf(path), detail: issue.message }];
  }
};

export type Checked<T> = { value: T; errors?: never } | { value?: never; errors: FieldError[] };

/** One error for each pointer, with every rule that its member broke. */
const byPointer = (errors: FieldError[]): FieldError[] => {
  const details = new Map<string, Set<string>>();
  for (const { pointer, detail } of errors) details.set(pointer, (details.get(pointer) ?? new Set()).add(detail));
  return [...details].map(([pointer, rules]) => ({ pointer, detail: [...rules].join(', and ') }));
};

/** Parses by the schema. `prefix` is the path in front of every pointer, e.g. `['query']`. */
export const check = <T>(schema: ZodType<T>, value: unknown, prefix: Path = []): Checked<T> => {
  const result = schema.safeParse(value, { error: ruleOf });
  if (result.success) return { value: result.data };
  return { errors: byPointer(result.error.issues.flatMap((issue) => fieldErrors(issue, { prefix, value }))) };
};

/**
 * What `read` makes, or the errors of its `validation-failed`, to be reported with others. Throws
 * what else it throws.
 */
export const attempt = <T>(read: () => T): Checked<T> => {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof ServiceError && error.errors && error.code === 'validation-failed')
      return { errors: error.errors };
    throw error;
  }
};

/** As `check`, for those who want the value or a `validation-failed`. Throws ServiceError. */
export const validated = <T>(schema: ZodType<T>, value: unknown, prefix: Path = []): T => {
  const { errors, value: parsed } = check(schema, value, prefix);
  if (errors) throw validationFailed(errors);
  return parsed as T;
};
