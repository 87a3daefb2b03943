/**
 * A noun declares each of its fields in one row: how it is stored, whether it is encrypted, what erasure does
 * to it, and its form in the API. Types, schemas, views, items and erasure follow from the rows.
 */
import type * as z from 'zod';
import type { Eraser } from './erased.ts';
import { withoutUnknown } from './unknown-attributes.ts';

/** How a value is stored. `T` includes `undefined` where it may be absent. */
export interface Form<T> {
  /** The name in the item, which never changes once released. Without one, the index keys hold the value. */
  attribute?: string;
  write?: (value: T) => unknown;
  read?: (stored: unknown) => T;
  /** The value of a record without the attribute. */
  absent?: () => T;
}

export const required = <T>(attribute: string): Form<T> => ({ attribute });
export const optional = <T>(attribute: string): Form<T | undefined> => ({ attribute });
/** For what index keys hold: the noun's mapping in lib/aws/items writes and reads them. */
export const inKeys = <T>(): Form<T> => ({});
/** A number that is usually 0, which is not stored. */
export const counter = (attribute: string): Form<number> => ({
  attribute,
  write: (count) => count || undefined,
  absent: () => 0,
});
/** A list that is usually empty, which is not stored. */
export const list = <T>(attribute: string): Form<T[]> => ({
  attribute,
  write: (values) => (values.length > 0 ? values : undefined),
  absent: () => [],
});
/**
 * For JSON of any shape: DynamoDB's maps end at 32 levels and its numbers at 38 digits, and the SDK refuses
 * integers beyond 2^53, all of which JSON allows.
 */
export const jsonText = <T>(attribute: string, parse: (text: string) => unknown = JSON.parse): Form<T> => ({
  attribute,
  write: (value) => JSON.stringify(value),
  read: (stored) => parse(String(stored)) as T,
});

/** What protects a stored field. A field without it does not compile. */
export interface Classification<T> {
  /**
   * By FIELD_KEYS, where there are any. An update expression can neither set nor test an encrypted
   * attribute.
   */
  isEncrypted: boolean;
  /** What the erasure of a person's data does to the field of a record about that person. */
  erasure: 'keeps' | (undefined extends T ? 'removes' : never) | ((value: NonNullable<T>, by: Eraser) => T);
}

/** Ids, states, counts and times: stored as they are, and kept by erasure. */
export const PLAIN = { isEncrypted: false, erasure: 'keeps' } as const;
/** What may be about a person, or lets one be guessed. */
export const PERSONAL = { isEncrypted: true, erasure: 'removes' } as const;
/** What belongs to the tenant alone, in records that erasure does not reach. */
export const CONFIDENTIAL = { isEncrypted: true, erasure: 'keeps' } as const;

type Shape = Record<string, z.ZodType>;
type Members = Record<string, unknown>;

/** A field's form in the API. */
interface Api<T> {
  /** Members of a create request. */
  create?: Shape;
  /** The one of them that is stored as it was given. */
  input?: string;
  /** Members of a PATCH. */
  patch?: Shape;
  /** Members of the view. */
  view?: Shape;
  show?: (value: NonNullable<T>) => Members;
  /** Never set. By their types, a schema that does not fit what is stored does not compile. */
  accepts?: (stored: T) => void;
  makes?: T;
}

/** A member of the view. `of` converts what is stored. */
export const shown = <N extends string, S extends z.ZodType, T = z.output<S>>(
  name: N,
  schema: S,
  of: (value: NonNullable<T>) => unknown = (value) => value,
) => {
  const api = { view: { [name]: schema } as Record<N, S>, show: (value: NonNullable<T>) => ({ [name]: of(value) }) };
  return api as typeof api & Pick<Api<T | Extract<z.output<S>, undefined>>, 'accepts'>;
};

/** A member of a create request that is stored as it was given. */
export const input = <N extends string, S extends z.ZodType>(name: N, schema: S) => {
  const api = { create: { [name]: schema } as Record<N, S>, input: name };
  return api as typeof api & Pick<Api<z.output<S>>, 'makes'>;
};

/** What a client may give, change, and remove by a PATCH with `null` (RFC 7396), and sees again. */
export const setting = <N extends string, S extends z.ZodType, V extends z.ZodType>(name: N, schema: S, view: V) => {
  const patch = { [name]: schema.nullable().optional() } as Record<N, z.ZodOptional<z.ZodNullable<S>>>;
  return {
    ...input(name, schema.optional() as z.ZodOptional<S>),
    patch,
    ...shown(name, view.optional() as z.ZodOptional<V>),
  };
};

/** The row of a stored field. */
export const field = <T, A extends Api<NoInfer<T>>>(
  form: Form<T>,
  classification: Classification<NoInfer<T>>,
  api?: A,
): { form: Form<T>; classification: Classification<T> } & A =>
  ({ form, classification, ...api }) as { form: Form<T>; classification: Classification<T> } & A;

/** The row of members that are shown and not stored. */
export const derived = <V extends Shape, N, C>(view: V, derive: (noun: N, context: C) => Members) => ({ view, derive });

interface Row extends Omit<Api<never>, 'makes'> {
  form?: {
    attribute?: string;
    write?: (value: never) => unknown;
    read?: (stored: unknown) => unknown;
    absent?: () => unknown;
  };
  classification?: { isEncrypted: boolean; erasure: 'keeps' | 'removes' | ((value: never, by: Eraser) => unknown) };
  derive?: (noun: never, context: never) => Members;
}
export type Fields = Record<string, Row>;

type ValueOf<R> = R extends { form: Form<infer T> } ? T : never;
type RequiredKeys<F, Has> = {
  [K in keyof F]: F[K] extends Has ? (undefined extends ValueOf<F[K]> ? never : K) : never;
}[keyof F];
type OptionalKeys<F, Has> = {
  [K in keyof F]: F[K] extends Has ? (undefined extends ValueOf<F[K]> ? K : never) : never;
}[keyof F];
type Values<F, Has> = { [K in keyof Pick<F, RequiredKeys<F, Has>>]: ValueOf<F[K]> } & {
  [K in keyof Pick<F, OptionalKeys<F, Has>>]?: Exclude<ValueOf<F[K]>, undefined>;
};
type Flat<T> = { [K in keyof T]: T[K] };

/** The noun itself. */
export type Stored<F> = Flat<Values<F, { form: object }>>;
/** The part of it that clients give as it is stored. */
export type Input<F> = Flat<Values<F, { input: string }>>;

type Part = 'create' | 'patch' | 'view';
type Union<F, P extends Part> = {
  [K in keyof F]: F[K] extends Record<P, infer S> ? S : never;
}[keyof F];
type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;
type ShapeOf<F, P extends Part> = Flat<Intersection<Union<F, P>>>;

const shapeOf = <F extends Fields, P extends Part>(fields: F, part: P): ShapeOf<F, P> =>
  Object.assign({}, ...Object.values(fields).map((row) => row[part]));

/** The members of a create request, in the order of the rows. */
export const createShape = <F extends Fields>(fields: F): ShapeOf<F, 'create'> => shapeOf(fields, 'create');
/** The members of a PATCH, in the order of the rows. */
export const patchShape = <F extends Fields>(fields: F): ShapeOf<F, 'patch'> => shapeOf(fields, 'patch');
/** The members of the view, in the order of the rows. */
export const viewShape = <F extends Fields>(fields: F): ShapeOf<F, 'view'> => shapeOf(fields, 'view');

/** For a request whose documentation, and whose errors, have another order than the view. */
export const startingWith = <S extends object>(shape: S, ...names: (keyof S)[]): S =>
  Object.assign({}, ...names.map((name) => ({ [name]: shape[name] })), shape);

/** The fields that a client gives, as given. */
export const fromInput = <F extends Fields>(fields: F, body: Members): Input<F> => {
  const found = Object.entries(fields).flatMap(([key, { input: name }]) => {
    const value = name === undefined ? undefined : body[name];
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(found) as Input<F>;
};

/** What a client sees of a noun. Absent members are absent, not null. */
export const makeView = <F extends Fields, Noun extends Stored<F>, Context = unknown>(fields: F) => {
  const rows = Object.entries(fields).filter(([, row]) => row.view);
  return (noun: Noun, context?: Context): { [M in keyof ShapeOf<F, 'view'>]: z.output<ShapeOf<F, 'view'>[M]> } => {
    const view: Members = {};
    for (const [key, row] of rows) {
      const value = (noun as Members)[key];
      const members = row.derive
        ? row.derive(noun as never, context as never)
        : value === undefined
          ? {}
          : row.show?.(value as never);
      for (const name in members) if (members[name] !== undefined) view[name] = members[name];
    }
    return view as never;
  };
};

/** What clients wrote and erasure removes: where an erasure looks for the person. */
export const personalInput = <F extends Fields, Noun extends Stored<F>>(fields: F, noun: Noun): unknown[] =>
  Object.entries(fields).flatMap(([key, { input: name, classification }]) =>
    name !== undefined && classification?.erasure === 'removes' ? [(noun as Members)[key]] : [],
  );

/** The noun without what erasure removes, and without what only another release knows. */
export const erased = <F extends Fields, Noun extends Stored<F>>(fields: F, noun: Noun, by: Eraser): Noun => {
  const left: Members = withoutUnknown(noun);
  for (const [key, { classification }] of Object.entries(fields)) {
    const value = left[key];
    if (value === undefined || !classification || classification.erasure === 'keeps') continue;
    const { erasure } = classification;
    const replaced = erasure === 'removes' ? undefined : erasure(value as never, by);
    if (replaced === undefined) delete left[key];
    else left[key] = replaced;
  }
  return left as Noun;
};
