/** JSON Merge Patch: https://www.rfc-editor.org/rfc/rfc7396 */
import * as z from 'zod';
import { ExactNumber } from './exact-number.ts';

type Members = Record<string, unknown>;

/** A patch of `T`: nothing is required, `null` removes, objects are patches of those in `T`. */
export type MergePatch<T> = T extends readonly unknown[] | ExactNumber
  ? T
  : T extends object
    ? { [K in keyof T]?: MergePatch<T[K]> | null | undefined }
    : T;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/**
 * What `target` becomes by `patch`, as section 2 of the RFC says; neither is changed. A member that is
 * `undefined` is none.
 */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) members.delete(name);
    else if (value !== undefined) members.set(name, mergePatch(members.get(name), value));
  }
  return Object.fromEntries(members);
};

const isWrapper = (schema: z.ZodType): schema is z.ZodOptional<z.ZodType> | z.ZodNullable<z.ZodType> =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;

const described = <S extends z.ZodType>(schema: S, { description, examples }: z.GlobalMeta = {}): S =>
  description === undefined && examples === undefined
    ? schema
    : schema.meta({ ...(description !== undefined && { description }), ...(examples !== undefined && { examples }) });

const namedPatches = new WeakMap<z.ZodType, z.ZodType>();

/** Rules about a whole object are left out: they hold for what is merged, not for the patch. */
const patchOf = (schema: z.ZodType): z.ZodType => {
  if (isWrapper(schema)) return patchOf(schema.unwrap());
  if (schema instanceof z.ZodRecord) {
    const { keyType, valueType } = schema;
    const record = z.record(keyType as z.ZodString, nullable(valueType as z.ZodType));
    return described(record, schema.meta());
  }
  if (!(schema instanceof z.ZodObject)) return schema;
  const { id, ...meta } = schema.meta() ?? {};
  const object = z.strictObject(mergePatchShape(schema.shape));
  if (id === undefined) return described(object, meta);
  // One of each: a document takes an id once.
  const patch = namedPatches.get(schema) ?? object.meta({ ...meta, id: `${id}Patch` });
  namedPatches.set(schema, patch);
  return patch;
};

const nullable = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodUnknown ? schema : patchOf(schema).nullable();

/**
 * The members of a patch of an object with the members of `shape`. Descriptions and examples stay, and an
 * object with the id `Window` has the patch `WindowPatch`.
 */
export const mergePatchShape = <S extends Record<string, z.ZodType>>(
  shape: S,
): { [K in keyof S]: z.ZodOptional<z.ZodNullable<z.ZodType<MergePatch<NonNullable<z.output<S[K]>>>>>> } =>
  Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => {
      const member = nullable(schema).optional();
      return [name, isWrapper(schema) ? described(member, schema.meta()) : member];
    }),
  ) as never;
