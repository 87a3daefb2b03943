import type { Store, Table } from './dynalite.ts';
import { exception } from './refusal.ts';

/** @throws ResourceNotFoundException */
export const readTable = (store: Store, name: string): Promise<Table> =>
  new Promise((resolve, reject) => {
    store.getTable(name, false, (error, table) => (error || !table ? reject(error) : resolve(table)));
  });

const STATES: Record<string, string> = { CREATING: 'created', UPDATING: 'updated', DELETING: 'deleted' };

/**
 * Changes the stored description of a table, under the lock that dynalite's own changes take.
 * @param change may throw, and then nothing is stored
 * @throws ResourceNotFoundException, ResourceInUseException
 */
export const changeTable = (store: Store, name: string, change: (table: Table) => void): Promise<Table> =>
  new Promise((resolve, reject) => {
    store.tableDb.lock(name, (release) => {
      let changed: Table | undefined;
      const done = release((error) => (error || !changed ? reject(error) : resolve(changed)));
      store.getTable(name, false, (error, table) => {
        if (error || !table) return done(error);
        if (table.TableStatus !== 'ACTIVE') {
          const state = STATES[table.TableStatus] ?? table.TableStatus;
          const message = `Attempt to change a resource which is still in use: Table is being ${state}: ${name}`;
          return done(exception('ResourceInUseException', message));
        }
        try {
          change(table);
        } catch (refused) {
          return done(refused as Error);
        }
        changed = table;
        store.tableDb.put(name, table, done);
      });
    });
  });
