import type { Operation, Store } from './dynalite.ts';

/** LevelDB keys of what dynalite stores about a table: each is one of these and a key within. */
export const itemPrefix = (table: string): string => `item-${table}~`;
export const tagPrefix = (table: string): string => `tag-${table}~`;
export const indexPrefix = (type: 'local' | 'global', table: string, index?: string): string =>
  index === undefined ? `index-${type}~${table}~` : `index-${type}~${table}~${index}~`;
export const TABLE_PREFIX = 'table~';

/** All keys with the prefix, which ends in `~`: the byte after it ends the range. */
export const rangeOf = (prefix: string): { gte: string; lt: string } => ({
  gte: prefix,
  lt: `${prefix.slice(0, -1)}\u007f`,
});

const OPERATIONS_PER_BATCH = 500;

export const writeBatch = ({ db }: Store, operations: Operation[]): Promise<void> =>
  new Promise((resolve, reject) => {
    db.batch(operations, (error) => (error ? reject(error) : resolve()));
  });

/** Writes all operations, in batches: not atomic over all of them. */
export const writeAll = async (store: Store, operations: AsyncIterable<Operation>): Promise<void> => {
  let batch: Operation[] = [];
  for await (const operation of operations) {
    batch.push(operation);
    if (batch.length < OPERATIONS_PER_BATCH) continue;
    await writeBatch(store, batch);
    batch = [];
  }
  if (batch.length > 0) await writeBatch(store, batch);
};

async function* deletions({ db }: Store, prefix: string): AsyncGenerator<Operation> {
  for await (const key of db.keys(rangeOf(prefix))) yield { type: 'del', key };
}

/** Deletes everything under the prefix. */
export const clearRange = (store: Store, prefix: string): Promise<void> => writeAll(store, deletions(store, prefix));
