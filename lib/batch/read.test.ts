import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ServiceError } from '../errors.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import { type Batch, type Item, readBatch } from './read.ts';

interface Thing {
  name: string;
  data?: unknown;
}
const schema = z.strictObject({
  name: z.string(),
  data: z.unknown().optional(),
  idempotency_key: z.string().optional(),
}) as z.ZodType<Thing & { idempotency_key?: string }>;

const readText = (rawBody: string, headers = {}): Batch<Thing> => readBatch<Thing>({ headers, rawBody }, { schema });
const read = (body: unknown, headers = {}): Batch<Thing> => readText(JSON.stringify(body), headers);
const refusal = (work: () => unknown): ServiceError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
};
const things = (count: number) => Array.from({ length: count }, () => ({ name: 'a' }));
const outcomes = ({ items }: Batch<Thing>): (Item<Thing> | string)[] =>
  items.map((item) => {
    try {
      return item();
    } catch (error) {
      return (error as ServiceError).code;
    }
  });

describe('a batch', () => {
  it('has its items in order, each with its key apart', () => {
    const batch = read({ items: [{ name: 'a', idempotency_key: 'k' }, { name: 'b' }] });
    expect(outcomes(batch)).toEqual([{ input: { name: 'a' }, idempotencyKey: 'k' }, { input: { name: 'b' } }]);
    expect(batch.rejectsAll).toBe(false);
    expect(read({ items: things(1), on_invalid: 'reject_all' }).rejectsAll).toBe(true);
  });

  it.each([
    [{ items: [] }, '/items', 'must not be empty'],
    [{ items: things(101) }, '/items', 'must have at most 100 items'],
    [{}, '/items', 'is required'],
    [{ items: { name: 'a' } }, '/items', 'must be a list'],
    [{ items: things(1), on_invalid: 'stop' }, '/on_invalid', 'must be one of skip, reject_all'],
    [{ items: things(1), atomic: true }, '/atomic', 'is not known'],
    [things(1), '', 'must be an object'],
  ])('%j is refused as a whole', (body, pointer, detail) => {
    expect(refusal(() => read(body))).toMatchObject({ code: 'validation-failed', errors: [{ pointer, detail }] });
  });

  it.each(['__proto__', 'constructor'])('with a member %s is refused as a whole', (name) => {
    const error = refusal(() => readText(`{"items":[{"name":"a"}],"${name}":{"prototype":{"x":1}}}`));
    expect(error).toMatchObject({ code: 'validation-failed' });
  });

  it('takes a hundred items', () => {
    expect(read({ items: things(100) }).items).toHaveLength(100);
  });

  it('refuses a key in the header, beside all else that is wrong with it', () => {
    const headers = { 'idempotency-key': 'k' };
    const errors = [{ pointer: '/header/idempotency-key' }];
    expect(refusal(() => read({ items: things(1) }, headers))).toMatchObject({ code: 'validation-failed', errors });
    expect(refusal(() => read({ items: [] }, headers)).errors?.map(({ pointer }) => pointer)).toEqual([
      '/items',
      '/header/idempotency-key',
    ]);
  });

  it('that is no JSON is refused for that', () => {
    expect(refusal(() => readText('{"items":['))).toMatchObject({ code: 'malformed-json' });
    expect(refusal(() => readText(''))).toMatchObject({ code: 'malformed-json' });
  });

  it('nested deeper than any item may be, or of more values than its bytes may be, is refused as a whole', () => {
    const deep = `{"items":[{"name":"a","data":${'['.repeat(300_000)}1234567890123456789${']'.repeat(300_000)}}]}`;
    expect(refusal(() => readText(deep)).detail).toContain('must not be nested deeper than 128 levels');
    const wide = { items: [{ name: 'a', data: Array.from({ length: 40_000 }, () => 1) }] };
    expect(refusal(() => read(wide)).detail).toContain('must hold at most 40000 JSON values in all');
  });
});

describe('an item', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

  it.each([
    ['a member that is wrong', { name: 1 }, 'validation-failed'],
    ['no object', 7, 'validation-failed'],
    ['half a character', { name: 'a', data: '\ud800' }, 'validation-failed'],
    [
      'more values than a request may hold',
      { name: 'a', data: Array.from({ length: 10_001 }, () => 1) },
      'validation-failed',
    ],
    ['a level too many', { name: 'a', data: nested(64) }, 'validation-failed'],
    ['more bytes than a request may have', { name: 'x'.repeat(262_144) }, 'payload-too-large'],
  ])('with %s is refused by itself', (_, item, code) => {
    expect(outcomes(read({ items: [{ name: 'a' }, item, { name: 'b' }] }))).toEqual([
      { input: { name: 'a' } },
      code,
      { input: { name: 'b' } },
    ]);
  });

  it('with a name that changes other objects is refused by itself', () => {
    expect(outcomes(readText('{"items":[{"name":"a","data":{"__proto__":{}}},{"name":"b"}]}'))).toEqual([
      'validation-failed',
      { input: { name: 'b' } },
    ]);
  });

  it('with a number beyond the range of a double is refused by itself', () => {
    expect(outcomes(readText('{"items":[{"name":"a","data":1e999},{"name":"b"}]}'))).toEqual([
      'validation-failed',
      { input: { name: 'b' } },
    ]);
  });

  it('keeps every digit of its numbers', () => {
    const [first] = outcomes(readText('{"items":[{"name":"a","data":9007199254740993}]}'));
    expect(first).toEqual({ input: { name: 'a', data: new ExactNumber('9007199254740993') } });
  });
});
