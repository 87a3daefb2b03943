/**
 * Conditional writes in memory, with the semantics of lib/aws/table/table.ts; the conformance
 * suites hold both to the same.
 */
import { CREATED_BYTES_MAX } from '../aws/table/item-size.ts';
import { ServiceError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import { ExactNumber } from '../schema/exact-number.ts';
import type { Conflict, ItemStore, Written } from '../store/item-store.ts';
import { PAGE_BYTES_MAX, type Page } from '../store/page.ts';
import { sortKeyAt } from '../store/sort-key.ts';

export interface Stored {
  id: string;
  tenant: string;
  writeId: string;
  createdAt: number;
  expiresAt?: number;
}

/** About what the table makes of it. */
const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return 8;
  return Object.entries(value).reduce((total, [name, inner]) => total + Buffer.byteLength(name) + bytesOf(inner), 0);
};

export const checkStoredSize = (item: unknown): void => {
  if (bytesOf(item) > CREATED_BYTES_MAX) throw new ServiceError('payload-too-large', 'It is too large to be stored');
};

/** The first `limit` of `found` that fit into a page by their bytes; one always does. */
export const firstOf = <T>(found: T[], limit: number): T[] => {
  let bytes = 0;
  const over = found.findIndex((item, index) => {
    bytes += bytesOf(item);
    return bytes > PAGE_BYTES_MAX && index > 0;
  });
  return found.slice(0, over < 0 ? limit : Math.min(limit, over));
};

/**
 * Copies keep callers from changing what is stored, as a network would. structuredClone makes an
 * `ExactNumber` a plain object.
 */
const copy = <T>(item: T): T => {
  if (typeof item !== 'object' || item === null || item instanceof ExactNumber) return item;
  if (Array.isArray(item)) return item.map(copy) as T;
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, copy(value)])) as T;
};

export const makeMemoryItems = <T extends Stored>(clock: Clock) => {
  const items = new Map<string, T>();

  const alive = (id: string): T | undefined => {
    const item = items.get(id);
    return item?.expiresAt !== undefined && item.expiresAt * 1000 <= clock.now() ? undefined : item;
  };
  const read = (id: string): T | undefined => {
    const item = alive(id);
    return item && copy(item);
  };
  const write = (item: T): Written<T> => {
    items.set(item.id, copy(item));
    return { written: true, item: copy(item) };
  };
  /** A condition that fails but finds its own write has succeeded before. */
  const conflict = (id: string, writeId: string): Written<T> | Conflict<T> => {
    const current = read(id);
    return current?.writeId === writeId ? { written: true, item: current } : { written: false, current };
  };

  const store: ItemStore<T> = {
    get: async (id) => read(id),
    create: async (item) => {
      checkStoredSize(item);
      return alive(item.id) ? conflict(item.id, item.writeId) : write(item);
    },
    replace: async (next, expected) =>
      items.get(next.id)?.writeId === expected ? write(next) : conflict(next.id, next.writeId),
  };

  return {
    store,
    read,
    write,
    /** Every row, expired or not. */
    raw: (): T[] => [...items.values()].map(copy),
    all: (): T[] => [...items.keys()].flatMap((id) => read(id) ?? []),

    /** Newest first by creation, the sort keys being those of the real index. */
    list: (query: {
      tenant: string;
      limit: number;
      before?: string;
      since?: number;
      until?: number;
      matches: (item: T) => boolean;
    }): Page<T> => {
      const sortKey = (item: T) => sortKeyAt(item.createdAt, item.id);
      const found = [...items.keys()]
        .flatMap((id) => read(id) ?? [])
        .filter((item) => item.tenant === query.tenant && query.matches(item))
        .filter((item) => query.before === undefined || sortKey(item) < query.before)
        .filter((item) => query.since === undefined || item.createdAt >= query.since)
        .filter((item) => query.until === undefined || item.createdAt < query.until)
        .sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1));
      const page = firstOf(found, query.limit);
      const last = page.at(-1);
      return { items: page, ...(found.length > page.length && last && { next: sortKey(last) }) };
    },
  };
};
