import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import {
  createShape,
  derived,
  erased,
  field,
  fromInput,
  type Input,
  input,
  makeView,
  optional,
  PERSONAL,
  PLAIN,
  patchShape,
  required,
  type Stored,
  setting,
  shown,
  startingWith,
  viewShape,
} from './fields.ts';

const fields = {
  id: field(required<string>('id'), PLAIN, shown('thing_id', z.string())),
  name: field(
    required<string>('name'),
    { isEncrypted: false, erasure: (name, by) => (by.names(name) ? by.token() : name) },
    { ...input('name', z.string()), ...shown('name', z.string()) },
  ),
  note: field(optional<string>('note'), PERSONAL, setting('note', z.string().max(5), z.string())),
  madeAt: field(
    required<number>('made_at'),
    PLAIN,
    shown('made_at', z.string(), (at: number) => `at ${at}`),
  ),
  secret: field(optional<string>('secret'), PERSONAL),
  size: derived({ size: z.int().optional() }, ({ name }: { name: string }, unit: number | undefined) => ({
    size: unit && name.length * unit,
  })),
};
interface Thing extends Stored<typeof fields> {}

const thing: Thing = { id: 't_1', name: 'Ann', note: 'hi', madeAt: 5, secret: 's' };
const by = { jobId: 'job', names: (text: string) => text === 'Ann', token: () => 'random' };

describe('the rows of a noun', () => {
  it('give its type, with the optional fields optional', () => {
    expectTypeOf<Thing>().toEqualTypeOf<{ id: string; name: string; note?: string; madeAt: number; secret?: string }>();
    expectTypeOf<Input<typeof fields>>().toEqualTypeOf<{ name: string; note?: string }>();
  });

  it('do not compile without a classification, or with one that erases what must be there', () => {
    // @ts-expect-error: which is missing.
    field(required<string>('a'));
    // @ts-expect-error: erasure cannot remove a required field.
    field(required<string>('a'), PERSONAL);
  });

  it('do not compile with a schema that does not fit what is stored', () => {
    // @ts-expect-error: it may be absent, and the view says it never is.
    field(optional<string>('a'), PLAIN, shown('a', z.string()));
    // @ts-expect-error: a number is shown as a text.
    field(required<number>('a'), PLAIN, shown('a', z.string()));
    // @ts-expect-error: it may not be given, and must be stored.
    field(required<string>('a'), PLAIN, input('a', z.string().optional()));
  });

  it('give the schemas of create, PATCH and view, in their order', () => {
    expect(Object.keys(createShape(fields))).toEqual(['name', 'note']);
    expect(Object.keys(patchShape(fields))).toEqual(['note']);
    expect(Object.keys(viewShape(fields))).toEqual(['thing_id', 'name', 'note', 'made_at', 'size']);
    expect(Object.keys(startingWith(viewShape(fields), 'note', 'size'))).toEqual([
      'note',
      'size',
      'thing_id',
      'name',
      'made_at',
    ]);
    const create = z.strictObject(createShape(fields));
    expect(create.parse({ name: 'Ann' })).toEqual({ name: 'Ann' });
    expect(create.safeParse({ name: 'Ann', note: 'too long' }).success).toBe(false);
  });

  it('say what a client gave', () => {
    expect(fromInput(fields, { name: 'Ann', id: 'not given', secret: 'neither' })).toEqual({ name: 'Ann' });
  });
});

describe('a view', () => {
  const view = makeView<typeof fields, Thing, number>(fields);

  it('shows what is to be shown, converted, and leaves out what is absent', () => {
    const { note: _, ...bare } = thing;
    expect(JSON.stringify(view(bare))).toBe('{"thing_id":"t_1","name":"Ann","made_at":"at 5"}');
  });

  it('shows what is derived, by what it is called with', () => {
    expect(view(thing, 2)).toMatchObject({ note: 'hi', size: 6 });
    expect(z.strictObject(viewShape(fields)).parse(view(thing, 2))).toEqual(view(thing, 2));
  });
});

describe('erasure', () => {
  it('removes what is personal, replaces what says so, and keeps what is plain', () => {
    expect(erased(fields, thing, by)).toEqual({ id: 't_1', name: 'random', madeAt: 5 });
    expect(erased(fields, { ...thing, name: 'Bob' }, by)).toMatchObject({ name: 'Bob' });
    expect(thing).toHaveProperty('note', 'hi');
  });
});
