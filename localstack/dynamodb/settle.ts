import type { Callback, Store, Table } from './dynalite.ts';
import { fillIndex } from './indexes.ts';

const prefix = 'table~';

const save = (store: Store, table: Table): Promise<void> =>
  new Promise((resolve, reject) => {
    const done: Callback = (error) => (error ? reject(error) : resolve());
    store.tableDb.put(table.TableName, table, done);
  });

/**
 * dynalite finishes creating a table in a timer: killed before it fires, the table would be CREATING for ever, and the stack
 * could not start again. Likewise an index that was being filled.
 */
export const settleTables = async (tables: Store, items: Store): Promise<void> => {
  for await (const key of tables.db.keys({ gte: prefix, lt: `${prefix}\u00ff` })) {
    const table = tables.db.getSync(key) as Table;
    const unfinished = (table.GlobalSecondaryIndexes ?? []).filter((index) => index.IndexStatus === 'CREATING');
    if (table.TableStatus !== 'CREATING' && unfinished.length === 0) continue;
    for (const index of unfinished) {
      await fillIndex(items, table, index);
      index.IndexStatus = 'ACTIVE';
    }
    if (table.TableStatus === 'CREATING') table.TableStatus = 'ACTIVE';
    await save(tables, table);
  }
};
