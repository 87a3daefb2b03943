/**
 * Mends: an item and its index rows are written one by one: a kill between them loses index rows.
 * Why: the reconciler finds open notifications by an index. One batch also takes half the CPU.
 * Relies on: actions call updateIndexes through the module, then put or del under the item's lock.
 */
import { type Callback, dbModule, type Operation, type Store, type SubDb, type Table } from '../dynalite.ts';
import { makeGroupCommit, type Write } from '../group-commit.ts';
import { itemPrefix } from '../key-range.ts';
import { indexOperations } from './index-rows.ts';

interface Hooks {
  /** Index rows to go with the next write of the key, which its item lock protects. */
  pending: Map<string, Operation[]>;
  commit: Write;
}

const hooksOf = new WeakMap<Store, Hooks>();

const updateIndexes = dbModule.updateIndexes;

// It is one function for every store of the process; a store that is not patched keeps the
// original.
dbModule.updateIndexes = (store, table, before, after, callback) => {
  const hooks = hooksOf.get(store);
  const item = after ?? before;
  if (!hooks || !item) return updateIndexes(store, table, before, after, callback);
  const key = itemPrefix(table.TableName) + dbModule.createKey(item, table);
  hooks.pending.set(key, indexOperations(table, before, after));
  callback();
};

/**
 * One for all: collecting a stack for each item that does not exist yet cost 3 % of the process
 * under load.
 */
const notFound: Error = Object.assign(new Error('NotFound'), { name: 'NotFoundError' });

const makeItemDb = (store: Store, table: string, original: SubDb, { pending, commit }: Hooks): SubDb => {
  const prefix = itemPrefix(table);
  const write = (operation: Operation, callback: Callback): void => {
    const indexRows = pending.get(operation.key) ?? [];
    pending.delete(operation.key);
    commit([...indexRows, operation], callback);
  };
  return {
    ...original,
    put: (key, value, callback) => write({ type: 'put', key: prefix + key, value }, callback),
    del: (key, callback) => write({ type: 'del', key: prefix + key }, callback),
    get: (key, callback) => {
      const value = store.db.getSync(prefix + key);
      if (value === undefined) callback(notFound);
      else callback(null, value);
    },
  };
};

export const isActive = (table: Table): boolean =>
  table.TableStatus === 'ACTIVE' &&
  (table.GlobalSecondaryIndexes ?? []).every((index) => (index.IndexStatus ?? 'ACTIVE') === 'ACTIVE');

/** Calls `onChange` with a table's name before its description is written, and again after. */
const watchTables = ({ tableDb }: Store, onChange: (name: string) => void): void => {
  const { put, del } = tableDb;
  const changing = (name: string, callback: Callback): Callback => {
    onChange(name);
    return (...results) => {
      onChange(name);
      callback(...results);
    };
  };
  tableDb.put = (name, value, callback) => put(name, value, changing(name, callback));
  tableDb.del = (name, callback) => del(name, changing(name, callback));
};

/**
 * The store for actions on items. Actions on tables need the original: they change its descriptions
 * in place.
 */
export const makeAtomicStore = (original: Store): Store => {
  const hooks: Hooks = { pending: new Map(), commit: makeGroupCommit(original.db) };
  const itemDbs = new Map<string, SubDb>();
  const tables = new Map<string, Table>();
  /** Moves at each change: a read that began before one may have the older description. */
  let generation = 0;
  watchTables(original, (name) => {
    generation += 1;
    tables.delete(name);
    itemDbs.delete(name);
  });

  const store: Store = {
    ...original,
    getItemDb: (table) => {
      const itemDb = itemDbs.get(table) ?? makeItemDb(original, table, original.getItemDb(table), hooks);
      itemDbs.set(table, itemDb);
      return itemDb;
    },
    getTable: (name, checkStatus, callback) => {
      const answer = typeof checkStatus === 'function' ? checkStatus : callback;
      const known = tables.get(name);
      if (known) return answer?.(null, known);
      const begunIn = generation;
      original.getTable(name, checkStatus === true, (error, table) => {
        // What is written to it now would be found in a later table of its name.
        if (table?.TableStatus === 'DELETING' && checkStatus !== false) return original.getTable(name, true, answer);
        if (table && isActive(table) && generation === begunIn) tables.set(name, table);
        answer?.(error, table);
      });
    },
  };
  hooksOf.set(store, hooks);
  return store;
};
