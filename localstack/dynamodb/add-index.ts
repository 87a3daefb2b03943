import {
  type Callback,
  type DynaliteError,
  dbModule,
  type Index,
  type Item,
  type Store,
  type Table,
} from './dynalite.ts';

type Attribute = { AttributeName: string };

/** The part of UpdateTable that adds indexes; dynalite accepts it and does nothing. */
export interface AddIndexes {
  TableName: string;
  AttributeDefinitions?: Attribute[];
  GlobalSecondaryIndexUpdates: { Create?: Index & { Projection: object } }[];
}

export const addsIndexes = (request: Record<string, unknown>): boolean =>
  Array.isArray(request.GlobalSecondaryIndexUpdates) &&
  request.GlobalSecondaryIndexUpdates.some(
    (update: AddIndexes['GlobalSecondaryIndexUpdates'][number]) => update.Create,
  );

const asPromise = <T>(call: (callback: Callback<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result as T))));

const refusal = (message: string): DynaliteError =>
  Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: 'com.amazon.coral.validate#ValidationException', message },
  });

/** Rows of the new index for one item, under the item's lock: a write at the same time comes before or after as a whole. */
const fillItem = (store: Store, table: Table, index: Index, key: string): Promise<void> =>
  new Promise((resolve, reject) => {
    store.getItemDb(table.TableName).lock(key, (release) => {
      const done = release((error) => (error ? reject(error) : resolve()));
      const item = store.db.getSync(`item-${table.TableName}~${key}`) as Item | undefined;
      const rows = item ? dbModule.getIndexActions([index], null, item, table).puts : [];
      const prefix = `index-global~${table.TableName}~${index.IndexName}~`;
      store.db.batch(
        rows.map((row) => ({ type: 'put', key: prefix + row.key, value: row.item })),
        done,
      );
    });
  });

export const fillIndex = async (store: Store, table: Table, index: Index): Promise<void> => {
  const prefix = `item-${table.TableName}~`;
  for await (const key of store.db.keys({ gte: prefix, lt: `${prefix}\u00ff` }))
    await fillItem(store, table, index, key.slice(prefix.length));
};

/** Adds the indexes and fills them from the items there are, before it answers. Writes meanwhile keep them up already. */
export const addIndexes = async (store: Store, request: AddIndexes): Promise<{ TableDescription: Table }> => {
  const { TableName: name, AttributeDefinitions: attributes = [] } = request;
  const table = await asPromise<Table>((callback) => store.getTable(name, false, callback));
  const save = (): Promise<unknown> => asPromise((callback) => store.tableDb.put(name, table, callback));
  table.GlobalSecondaryIndexes ??= [];
  for (const attribute of attributes)
    if (!table.AttributeDefinitions.some((known) => known.AttributeName === attribute.AttributeName))
      table.AttributeDefinitions.push(attribute);
  for (const { Create: create } of request.GlobalSecondaryIndexUpdates) {
    if (!create) throw refusal('The embedded DynamoDB can add indexes to a table, and neither change nor delete them');
    if (table.GlobalSecondaryIndexes.some((known) => known.IndexName === create.IndexName))
      throw refusal(`Attempting to create an index which already exists: ${create.IndexName}`);
    const index = {
      ...create,
      IndexStatus: 'CREATING',
      IndexArn: `${table.TableArn}/index/${create.IndexName}`,
      ItemCount: 0,
    };
    table.GlobalSecondaryIndexes.push(index);
    await save();
    await fillIndex(store, table, index);
    index.IndexStatus = 'ACTIVE';
    await save();
  }
  return { TableDescription: table };
};
