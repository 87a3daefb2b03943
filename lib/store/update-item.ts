/**
 * Compare and set: decide on what is stored, write only over that revision, and decide again when
 * another writer was faster.
 */
import { ServiceError } from '../errors.ts';
import type { Conflict, ItemStore } from './item-store.ts';

/** Rounds of decision and write before a contended item counts as unavailable. */
export const ROUNDS_MAX = 20;

export const contended = (): ServiceError =>
  new ServiceError('unavailable', 'The record is being changed by many at once; try again', {
    headers: { 'retry-after': '1' },
  });

/**
 * The item with this id, or else the one that `first` makes, as it is stored. Throws `unavailable` when it is
 * being removed.
 */
export const getOrCreate = async <T>(
  store: Pick<ItemStore<T>, 'get' | 'create'>,
  id: string,
  first: () => T,
): Promise<T> => {
  const found = await store.get(id);
  if (found) return found;
  const made = await store.create(first());
  const stored = made.written ? made.item : made.current;
  if (!stored) throw contended();
  return stored;
};

/** Writes `next` if exactly `current` is stored; a conflict says what is stored instead. */
type Replace<T> = (next: T, current: T) => Promise<{ written: true } | Conflict<T>>;

export const replaceIn =
  <T extends { writeId: string }>(store: Pick<ItemStore<T>, 'replace'>): Replace<T> =>
  (next, current) =>
    store.replace(next, current.writeId);

/**
 * The item as `decide` found it last, and as it is stored now: the same one unless `isWritten`.
 * Both undefined: there is none.
 */
export interface Update<T> {
  before: T | undefined;
  after: T | undefined;
  isWritten: boolean;
}

/**
 * @param found the item as last read
 * @param decide answers the next revision, or its argument when there is nothing to write
 * Throws `unavailable` after {@link ROUNDS_MAX} conflicts, and what `replace` and `decide` throw.
 */
export const updateItem = async <T extends object>(
  replace: Replace<T>,
  found: T | undefined,
  decide: (current: T) => T | Promise<T>,
): Promise<Update<T>> => {
  let current = found;
  for (let round = 0; round < ROUNDS_MAX && current; round += 1) {
    const next = await decide(current);
    if (next === current) return { before: current, after: current, isWritten: false };
    const result = await replace(next, current);
    if (result.written) return { before: current, after: next, isWritten: true };
    current = result.current;
  }
  if (current) throw contended();
  return { before: undefined, after: undefined, isWritten: false };
};
