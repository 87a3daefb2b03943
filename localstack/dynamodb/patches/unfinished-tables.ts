import type { Callback, Store, Table } from '../dynalite.ts';
import { fillIndex } from '../indexes.ts';

const prefix = 'table~';

const save = (store: Store, table: Table): Promise<void> =>
  new Promise((resolve, reject) => {
    const done: Callback = (error) => (error ? reject(error) : resolve());
    store.tableDb.put(table.TableName, table, done);
  });

const remove = (store: Store, name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.tableDb.del(name, (error) => (error ? reject(error) : resolve()));
  });

/**
 * dynalite finishes creating, changing and deleting a table in a timer: killed before it fires, the
 * table would be in between for ever, and the stack could not start again. Likewise an index that
 * was being filled.
 */
export const settleTables = async (tables: Store, items: Store): Promise<void> => {
  for await (const key of tables.db.keys({ gte: prefix, lt: `${prefix}\u00ff` })) {
    const table = tables.db.getSync(key) as Table;
    if (table.TableStatus === 'DELETING') {
      // A later table of its name begins with clearing what is left of it.
      await remove(tables, table.TableName);
      continue;
    }
    const unfinished = (table.GlobalSecondaryIndexes ?? []).filter((index) => index.IndexStatus !== 'ACTIVE');
    if (table.TableStatus === 'ACTIVE' && unfinished.length === 0) continue;
    for (const index of unfinished) {
      if (index.IndexStatus === 'CREATING') await fillIndex(items, table, index);
      index.IndexStatus = 'ACTIVE';
    }
    table.TableStatus = 'ACTIVE';
    await save(tables, table);
  }
};
