import { dbModule, type Index, type IndexActions, type Item, type Table } from '../dynalite.ts';

const hasKeys = (item: Item, index: Index, table: Table): boolean =>
  index.KeySchema.every(({ AttributeName: name }) => {
    const type = table.AttributeDefinitions.find((attribute) => attribute.AttributeName === name)?.AttributeType ?? '';
    return item[name]?.[type] !== undefined;
  });

/**
 * The rows of indexes that come and go with an item. One whose key attribute is of another type,
 * from before the index was added, is not in it, as on AWS; dynalite would throw where nothing
 * catches it.
 */
export const indexActions = (
  indexes: Index[],
  before: Item | null | undefined,
  after: Item | null | undefined,
  table: Table,
): IndexActions => {
  const actions = indexes.map((index) => {
    const keyed = (item: Item | null | undefined) => (item && hasKeys(item, index, table) ? item : null);
    return dbModule.getIndexActions([index], keyed(before), keyed(after), table);
  });
  return { puts: actions.flatMap(({ puts }) => puts), deletes: actions.flatMap(({ deletes }) => deletes) };
};
