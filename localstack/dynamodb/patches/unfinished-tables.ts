/**
 * Mends: a kill while a table is created, changed or deleted leaves it so for good.
 * Why: the stack could not start again. Indexes that lack patches/index-rows.ts are rebuilt too.
 * Relies on: descriptions under `table~`; items and index rows under their prefixes.
 */
import type { Item, Operation, Store, Table } from '../dynalite.ts';
import { clearRange, indexPrefix, itemPrefix, rangeOf, TABLE_PREFIX, writeAll } from '../key-range.ts';
import { isActive } from './atomic-writes.ts';
import { indexOperations, isUnpatchedRow } from './index-rows.ts';

const save = (store: Store, table: Table): Promise<void> =>
  new Promise((resolve, reject) => {
    store.tableDb.put(table.TableName, table, (error) => (error ? reject(error) : resolve()));
  });

const remove = (store: Store, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.tableDb.del(name, (error) => (error ? reject(error) : resolve()));
  });

const indexPrefixes = ({ TableName }: Table): string[] => [
  indexPrefix('local', TableName),
  indexPrefix('global', TableName),
];

const hasUnpatchedRows = async ({ db }: Store, table: Table): Promise<boolean> => {
  for (const prefix of indexPrefixes(table))
    for await (const key of db.keys({ ...rangeOf(prefix), limit: 1 })) if (isUnpatchedRow(key)) return true;
  return false;
};

async function* rowsOf({ db }: Store, table: Table): AsyncGenerator<Operation> {
  for await (const item of db.values(rangeOf(itemPrefix(table.TableName))))
    yield* indexOperations(table, undefined, item as Item);
}

const rebuildIndexes = async (store: Store, table: Table): Promise<void> => {
  for (const prefix of indexPrefixes(table)) await clearRange(store, prefix);
  await writeAll(store, rowsOf(store, table));
};

const finish = async (store: Store, table: Table): Promise<void> => {
  if (isActive(table) && !(await hasUnpatchedRows(store, table))) return;
  // Should the process end in between, the next start begins again.
  await save(store, { ...table, TableStatus: 'UPDATING' });
  await rebuildIndexes(store, table);
  for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
  await save(store, { ...table, TableStatus: 'ACTIVE' });
};

/** Before the store is used. */
export const finishTables = async (store: Store): Promise<void> => {
  for await (const key of store.db.keys(rangeOf(TABLE_PREFIX))) {
    const table = store.db.getSync(key) as Table;
    // What a deleted table leaves is cleared before a later one of its name is made.
    if (table.TableStatus === 'DELETING') await remove(store, table.TableName);
    else await finish(store, table);
  }
};
