/** Lists, newest first: merges the partitions of an index by sort key, then reads the items. */

import { omitUndefined } from '../../schema/omit-undefined.ts';
import { PAGE_BYTES_MAX, type Page } from '../../store/page.ts';
import { sortKeyAt } from '../../store/sort-key.ts';
import type { MappingOf, Table } from './table.ts';

/**
 * Records examined by one call at most, four full pages: with a residual filter a page may be
 * short, with `next` to go on.
 */
const EXAMINED_MAX = 400;
/**
 * A round that leaves the page unfilled is followed by one of four times its keys: a rare match
 * must not cost a round a record.
 */
const GROWTH = 4;
const ROUND_MAX = 200;

export interface Listing<T> {
  index: string;
  hash: string;
  range: string;
  partitions: string[];
  limit: number;
  before?: string;
  since?: number;
  until?: number;
  matches?: (item: T) => boolean;
  mappingOf: MappingOf<T>;
}

type Bounds = Pick<Listing<unknown>, 'range' | 'since' | 'until'>;

/** Sort keys are compared with `before` exclusive; `since` <= sort key < `until`. */
const rangeOf = (listing: Bounds, before: string | undefined) => {
  const upper = [before, listing.until === undefined ? undefined : sortKeyAt(listing.until)].filter(
    (bound) => bound !== undefined,
  );
  const high = upper.sort()[0];
  const low = listing.since === undefined ? undefined : sortKeyAt(listing.since);
  const name = listing.range;
  // BETWEEN includes its ends: an entry at `high` is dropped by the caller.
  if (low !== undefined && high !== undefined) {
    return {
      high,
      range: { expression: '#range BETWEEN :low AND :high', name, values: { ':low': low, ':high': high } },
    };
  }
  if (high !== undefined) return { high, range: { expression: '#range < :high', name, values: { ':high': high } } };
  if (low !== undefined) return { range: { expression: '#range >= :low', name, values: { ':low': low } } };
  return {};
};

const isEmptyRange = (listing: Bounds): boolean =>
  listing.since !== undefined && listing.until !== undefined && listing.since >= listing.until;

interface Key {
  id: string;
  sortKey: string;
}

/** The newest `limit` keys of all partitions that are before `high`. */
const mergedKeys = async <T>(
  table: Table,
  listing: Listing<T>,
  { high, range }: ReturnType<typeof rangeOf>,
  limit: number,
): Promise<Key[]> => {
  const pages = await Promise.all(
    listing.partitions.map((partition) =>
      table.keys({
        index: listing.index,
        hash: { name: listing.hash, value: partition },
        ...(range && { range }),
        // One more for the inclusive end of BETWEEN.
        limit: limit + 1,
        newestFirst: true,
      }),
    ),
  );
  return pages
    .flat()
    .map((item) => ({ id: item.id, sortKey: String(item[listing.range]) }))
    .filter((key) => high === undefined || key.sortKey < high)
    .sort((a, b) => (a.sortKey < b.sortKey ? 1 : -1))
    .slice(0, limit);
};

export const list = async <T>(table: Table, listing: Listing<T>): Promise<Page<T>> => {
  const found: T[] = [];
  let { before } = listing;
  let examined = 0;
  let bytesRead = 0;
  let size = listing.limit;
  if (isEmptyRange(listing)) return { items: [] };
  while (examined < EXAMINED_MAX) {
    const bounds = rangeOf(listing, before);
    const { high, range } = bounds;
    if (range && listing.since !== undefined && high !== undefined && high <= sortKeyAt(listing.since))
      return { items: found };
    const keys = await mergedKeys(table, listing, bounds, size + 1);
    const page = keys.slice(0, size);
    const sortKeys = new Map(page.map((key) => [key.id, key.sortKey]));
    for await (const { id, item, bytes } of table.read(
      page.map((key) => key.id),
      listing.mappingOf,
    )) {
      bytesRead += bytes;
      if (bytesRead > PAGE_BYTES_MAX && bytesRead > bytes) return { items: found, ...omitUndefined({ next: before }) };
      before = sortKeys.get(id);
      if (item === undefined || listing.matches?.(item) === false) continue;
      found.push(item);
      if (found.length === listing.limit) {
        const isLast = keys.at(-1)?.sortKey === before;
        return { items: found, ...(!isLast && omitUndefined({ next: before })) };
      }
    }
    if (keys.length <= size) return { items: found };
    examined += page.length;
    before = page.at(-1)?.sortKey;
    size = Math.min(size * GROWTH, ROUND_MAX, EXAMINED_MAX - examined);
  }
  return { items: found, ...omitUndefined({ next: before }) };
};
