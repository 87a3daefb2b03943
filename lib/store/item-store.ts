import { ServiceError } from '../errors.ts';

/**
 * What a failed conditional write found: the item as it is, `undefined` when there is none (or it
 * has expired).
 */
export type Conflict<T> = { written: false; current: T | undefined };

export type Written<T> = { written: true; item: T };

/**
 * One item is the truth. `create` wins only where nothing (or something expired) is; `replace` wins
 * only over the exact revision that was read (`writeId`). Both recognise their own earlier success
 * after an SDK retry and report it as written.
 */
export interface ItemStore<T> {
  get(id: string): Promise<T | undefined>;
  create(item: T): Promise<Written<T> | Conflict<T>>;
  replace(next: T, expectedWriteId: string): Promise<Written<T> | Conflict<T>>;
}

/** A create lost to an item that was gone when it was read: it had expired, or was erased. */
export const beingRemoved = (): ServiceError =>
  new ServiceError('unavailable', 'The record is being removed; try again', { headers: { 'retry-after': '1' } });
