import type { Operation, Store } from './dynalite.ts';

/** All keys with the prefix, which ends in `~`: the byte after it ends the range. */
export const rangeOf = (prefix: string): { gte: string; lt: string } => ({
  gte: prefix,
  lt: `${prefix.slice(0, -1)}\u007f`,
});

const BATCH = 500;

const write = ({ db }: Store, operations: Operation[]): Promise<void> =>
  new Promise((resolve, reject) => {
    db.batch(operations, (error) => (error ? reject(error) : resolve()));
  });

/** Deletes everything under the prefix. */
export const clearRange = async (store: Store, prefix: string): Promise<void> => {
  let operations: Operation[] = [];
  for await (const key of store.db.keys(rangeOf(prefix))) {
    operations.push({ type: 'del', key });
    if (operations.length < BATCH) continue;
    await write(store, operations);
    operations = [];
  }
  if (operations.length > 0) await write(store, operations);
};
