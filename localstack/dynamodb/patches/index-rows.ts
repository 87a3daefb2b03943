/**
 * Mends: items with equal index keys share a row if 24 bits of a hash agree; key types may throw.
 * Why: the item without a row is lost to lists and to the reconciler.
 * Relies on: createKey; Query and Scan call createIndexKey through the module, and read by prefix.
 */
import { dbModule, type Index, type Item, type Operation, type Table } from '../dynalite.ts';
import { indexPrefix } from '../key-range.ts';

// The item's whole key in place of its hash. It ends in `/`, and a hash does not.
dbModule.createIndexKey = (item, table, indexKeys) =>
  dbModule.createKey(item, table, indexKeys) + dbModule.createKey(item, table);

/** Whether the row was stored without this patch. */
export const isUnpatchedRow = (key: string): boolean => !key.endsWith('/');

interface Row {
  key: string;
  item: Item;
}

const namesOf = ({ KeySchema }: Index | Table): string[] => KeySchema.map(({ AttributeName }) => AttributeName);

/** As on AWS, an item whose key attribute has another type is not in the index. */
const hasKeys = (item: Item, index: Index, table: Table): boolean =>
  namesOf(index).every((name) => {
    const type = table.AttributeDefinitions.find((attribute) => attribute.AttributeName === name)?.AttributeType ?? '';
    return item[name]?.[type] !== undefined;
  });

const projected = (item: Item, index: Index, table: Table): Item => {
  const { ProjectionType, NonKeyAttributes = [] } = index.Projection;
  if (ProjectionType === 'ALL') return item;
  const names = [...namesOf(index), ...namesOf(table), ...NonKeyAttributes];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
};

/** What the index has of the item: undefined if it lacks an attribute of the key. */
export const rowOf = (index: Index, item: Item | null | undefined, table: Table): Row | undefined =>
  item && hasKeys(item, index, table)
    ? { key: dbModule.createIndexKey(item, table, index.KeySchema), item: projected(item, index, table) }
    : undefined;

const changeOf = (prefix: string, before: Row | undefined, after: Row | undefined): Operation[] => {
  const operations: Operation[] = [];
  const isMoved = before?.key !== after?.key;
  if (before && isMoved) operations.push({ type: 'del', key: prefix + before.key });
  if (after && (isMoved || JSON.stringify(before?.item) !== JSON.stringify(after.item)))
    operations.push({ type: 'put', key: prefix + after.key, value: after.item });
  return operations;
};

/** What the change of an item writes into the indexes of its table. */
export const indexOperations = (
  table: Table,
  before: Item | null | undefined,
  after: Item | null | undefined,
): Operation[] =>
  (['local', 'global'] as const).flatMap((type) => {
    const indexes = (type === 'local' ? table.LocalSecondaryIndexes : table.GlobalSecondaryIndexes) ?? [];
    return indexes.flatMap((index) => {
      const prefix = indexPrefix(type, table.TableName, index.IndexName);
      return changeOf(prefix, rowOf(index, before, table), rowOf(index, after, table));
    });
  });
