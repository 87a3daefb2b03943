/** A batch: up to 100 of what one request takes, each judged by itself. */
import * as z from 'zod';
import { type FieldError, ServiceError, validationFailed } from '../errors.ts';
import { BODY_BYTES_MAX } from '../schema/body.ts';
import { checkJson, DEPTH_MAX, parseJsonWithin, VALUES_MAX } from '../schema/json.ts';
import { attempt, check } from '../schema/validate.ts';

export const ITEMS_MAX = 100;
export const BATCH_BYTES_MAX = 1_048_576;
/**
 * What all items together may cost: as many values for each byte as in a single request. An item that is
 * somewhat too deep is refused by itself.
 */
const JSON_LIMITS = { values: (VALUES_MAX * BATCH_BYTES_MAX) / BODY_BYTES_MAX, depth: 2 * DEPTH_MAX };
/** Of one item: a hundred of them must fit into an answer. */
const ITEM_ERRORS_MAX = 20;

export interface Item<I> {
  input: I;
  idempotencyKey?: string;
}

export interface Batch<I> {
  /** Each reads one of them, so that a hundred need not be read in one go. Throws ServiceError. */
  items: (() => Item<I>)[];
  /** Whether nothing is written when one of them is invalid. */
  rejectsAll: boolean;
}

const onInvalid = z.enum(['skip', 'reject_all']).meta({
  id: 'OnInvalid',
  description: 'What an invalid item does: `skip` (default) leaves it out, `reject_all` stores none.',
});

/** @param item of one of them, as the documentation shows it */
export const batchSchema = <S extends z.ZodType>(item: S) =>
  z.strictObject({ items: z.array(item).min(1).max(ITEMS_MAX), on_invalid: onInvalid.optional() });
const anyBatch = batchSchema(z.unknown());

const KEY_IN_HEADER = '/header/idempotency-key';
const KEY_HEADER_ERROR: FieldError = {
  pointer: KEY_IN_HEADER,
  detail: 'must not be given for a batch: each item may have an idempotency_key',
};

/** The same error about an item of a batch: its pointers lead from the whole body. */
export const ofItem = (error: ServiceError, index: number): ServiceError => {
  const { code, detail, errors, extensions, headers, cause } = error;
  const at = `/items/${index}`;
  const placed = errors?.map(({ pointer, detail: rule }) => ({
    pointer: at + (pointer === KEY_IN_HEADER ? '/idempotency_key' : pointer),
    detail: rule,
  }));
  if (code === 'validation-failed') return validationFailed(placed ?? [], ITEM_ERRORS_MAX);
  const named = code === 'payload-too-large' ? [{ pointer: at, detail }] : placed;
  return new ServiceError(code, detail, { extensions, headers, cause, ...(named && { errors: named }) });
};

const requireItemSize = (item: unknown): void => {
  if (Buffer.byteLength(JSON.stringify(item)) <= BODY_BYTES_MAX) return;
  throw new ServiceError('payload-too-large', `An item must be at most ${BODY_BYTES_MAX} bytes.`);
};

export interface ItemRules<I> {
  schema: z.ZodType<I & { idempotency_key?: string | undefined }>;
  /** As `rules` of a route: asked only about what the schema refuses already. */
  rules?: (given: Record<string, unknown>) => FieldError[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readItem = <I>(given: unknown, { schema, rules }: ItemRules<I>): Item<I> => {
  checkJson(given);
  const { value, errors } = check(schema, given);
  if (errors) throw validationFailed([...errors, ...((isObject(given) && rules?.(given)) || [])]);
  const { idempotency_key: idempotencyKey, ...input } = value;
  return { input: input as I, ...(idempotencyKey !== undefined && { idempotencyKey }) };
};

/** Throws `malformed-json`, and `validation-failed` for what is wrong with the batch beside its items. */
export const readBatch = <I>(
  { headers, rawBody }: { headers: Record<string, string | undefined>; rawBody: string },
  rules: ItemRules<I>,
): Batch<I> => {
  const parsed = attempt(() => parseJsonWithin(rawBody, JSON_LIMITS));
  const { value, errors = [] } = parsed.errors ? parsed : check(anyBatch, parsed.value);
  const ofHeader = headers['idempotency-key'] === undefined ? [] : [KEY_HEADER_ERROR];
  if (!value || ofHeader.length > 0) throw validationFailed([...errors, ...ofHeader]);
  const isLarge = Buffer.byteLength(rawBody) > BODY_BYTES_MAX;
  const items = value.items.map((given) => () => {
    if (isLarge) requireItemSize(given);
    return readItem(given, rules);
  });
  return { items, rejectsAll: value.on_invalid === 'reject_all' };
};
