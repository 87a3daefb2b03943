import type { Index, Item, Store, Table } from './dynalite.ts';
import { clearRange, indexPrefix, itemPrefix, rangeOf } from './key-range.ts';
import { rowOf } from './patches/index-rows.ts';
import { exception, refusal } from './refusal.ts';
import { changeTable, readTable } from './table-record.ts';
import { warm } from './table-settings.ts';

type Attribute = Table['AttributeDefinitions'][number];

/** One of UpdateTable's GlobalSecondaryIndexUpdates. */
export interface IndexUpdate {
  Create?: Index;
  Delete?: { IndexName: string };
  Update?: { IndexName: string };
}

/** Under the lock of the item, so that a write at the same time comes wholly before or after. */
const fillItem = (store: Store, table: Table, index: Index, key: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.getItemDb(table.TableName).lock(key, (release) => {
      const done = release((error) => (error ? reject(error) : resolve()));
      const item = store.db.getSync(itemPrefix(table.TableName) + key) as Item | undefined;
      const row = item && rowOf(index, item, table);
      if (!row) return done();
      const rowKey = indexPrefix('global', table.TableName, index.IndexName) + row.key;
      store.db.batch([{ type: 'put', key: rowKey, value: row.item }], done);
    });
  });

const fillIndex = async (store: Store, table: Table, index: Index): Promise<void> => {
  const prefix = itemPrefix(table.TableName);
  for await (const key of store.db.keys(rangeOf(prefix))) await fillItem(store, table, index, key.slice(prefix.length));
};

/** Removes the definitions that no key uses, so that a later index may give them another type. */
const pruneAttributes = (table: Table): void => {
  const indexes = [...(table.LocalSecondaryIndexes ?? []), ...(table.GlobalSecondaryIndexes ?? [])];
  const keys = [table, ...indexes].flatMap(({ KeySchema }) => KeySchema.map((key) => key.AttributeName));
  table.AttributeDefinitions = table.AttributeDefinitions.filter(({ AttributeName }) => keys.includes(AttributeName));
};

const declare = (table: Table, { WarmThroughput, ...created }: Index, attributes: Attribute[]): void => {
  table.GlobalSecondaryIndexes ??= [];
  if (table.GlobalSecondaryIndexes.some((known) => known.IndexName === created.IndexName))
    throw refusal(`Attempting to create an index which already exists: ${created.IndexName}`);
  for (const attribute of attributes)
    if (!table.AttributeDefinitions.some((known) => known.AttributeName === attribute.AttributeName))
      table.AttributeDefinitions.push(attribute);
  const defined = new Set(table.AttributeDefinitions.map(({ AttributeName }) => AttributeName));
  const missing = created.KeySchema.filter(({ AttributeName }) => !defined.has(AttributeName));
  if (missing.length > 0)
    throw refusal(
      `AttributeDefinitions must define the key attributes of the index: ${missing.map((key) => key.AttributeName).join(', ')}`,
    );
  table.GlobalSecondaryIndexes.push({
    ...created,
    ...(WarmThroughput && { WarmThroughput: warm(WarmThroughput) }),
    IndexStatus: 'CREATING',
    IndexArn: `${table.TableArn}/index/${created.IndexName}`,
    ItemCount: 0,
  });
};

interface IndexChanges {
  store: Store;
  /** The table's name. */
  name: string;
  attributes: Attribute[];
  /** Writes that began before the table changed do not know its new indexes. */
  itemOperationsEnded(): Promise<void>;
}

/**
 * Adds an index and fills it from the items, before it answers. Writes meanwhile update it already.
 */
const addIndex = async (changes: IndexChanges, created: Index): Promise<Table> => {
  const { store, name, attributes } = changes;
  const { IndexName } = created;
  const ofName = (table: Table): Index | undefined =>
    table.GlobalSecondaryIndexes?.find((index) => index.IndexName === IndexName);
  // An earlier deletion may have been cut short.
  if (!ofName(await readTable(store, name))) await clearRange(store, indexPrefix('global', name, IndexName));
  const table = await changeTable(store, name, (table) => declare(table, created, attributes));
  await changes.itemOperationsEnded();
  const index = ofName(table);
  if (index) await fillIndex(store, table, index);
  return changeTable(store, name, (table) => {
    const filled = ofName(table);
    if (filled) filled.IndexStatus = 'ACTIVE';
  });
};

const removeIndex = async ({ store, name, itemOperationsEnded }: IndexChanges, index: string): Promise<Table> => {
  const table = await changeTable(store, name, (table) => {
    const known = table.GlobalSecondaryIndexes ?? [];
    const kept = known.filter(({ IndexName }) => IndexName !== index);
    if (kept.length === known.length)
      throw exception('ResourceNotFoundException', `Requested resource not found: Index: ${index} not found`);
    if (kept.length > 0) table.GlobalSecondaryIndexes = kept;
    else delete table.GlobalSecondaryIndexes;
    pruneAttributes(table);
  });
  await itemOperationsEnded();
  await clearRange(store, indexPrefix('global', name, index));
  return table;
};

/** The part of UpdateTable that adds and deletes indexes, which dynalite accepts and ignores. */
export const changeIndexes = async (changes: IndexChanges, updates: IndexUpdate[]): Promise<Table | undefined> => {
  let table: Table | undefined;
  for (const { Create, Delete } of updates) {
    if (Create) table = await addIndex(changes, Create);
    if (Delete) table = await removeIndex(changes, Delete.IndexName);
  }
  return table;
};
