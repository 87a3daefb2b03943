/**
 * Over how many partitions each list is spread. A row keeps the one that it was created in. The
 * table remembers the highest number that was ever used, so that neither a lower setting nor a
 * process that has another one hides a row.
 */

import { lazy } from '../../concurrency/lazy.ts';
import type { Clock } from '../../platform/clock.ts';
import { systemClock } from '../../platform/clock.ts';
import { stopwatch } from '../../platform/stopwatch.ts';
import { partitionFor } from './keys.ts';
import type { Item, Mapping, Table } from './table.ts';

/** The id of the item that remembers it. */
const MARK = 'index_partitions';
/** Less than an erasure waits before it begins: it knows the partition of all that was accepted before it. */
const REMEMBERED_MS = 4_000;

export interface Partitions {
  /** For a new row; absent for the first partition. Throws when the table does not answer. */
  assign(id: string): Promise<{ partition?: number }>;
  /** How many may hold rows. Throws when the table does not answer. */
  count(): Promise<number>;
}

const mapping: Mapping<Item> = { toItem: (mark) => mark, fromItem: (item) => item };

export const makePartitions = (
  table: Table,
  { setting = 1, clock = systemClock }: { setting?: number; clock?: Clock } = {},
): Partitions => {
  let known: { count: number; ageMs: () => number } | undefined;

  /** Refused where the table knows this number, or a higher one. */
  const recorded = lazy(() =>
    table.update(
      MARK,
      'SET used = :setting',
      { expression: 'attribute_not_exists(used) OR used < :setting', values: { ':setting': setting } },
      mapping,
      () => false,
    ),
  );

  return {
    assign: async (id) => {
      if (setting === 1) return {};
      await recorded();
      const partition = partitionFor(id, setting);
      return partition === 0 ? {} : { partition };
    },

    count: async () => {
      if (!known || known.ageMs() > REMEMBERED_MS) {
        const ageMs = stopwatch(clock);
        known = { ageMs, count: Number((await table.get(MARK, mapping))?.used ?? 1) };
      }
      return Math.max(setting, known.count);
    },
  };
};
