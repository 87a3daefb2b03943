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
export const rowOf = (index: Index, item: Item, table: Table): Row | undefined =>
  hasKeys(item, index, table)
    ? { key: dbModule.createIndexKey(item, table, index.KeySchema), item: projected(item, index, table) }
    : undefined;

/** The same of both, as most changes leave it: then its key is not made, which takes two hashes. */
const isSameRow = (index: Index, before: Item, after: Item, table: Table): boolean =>
  JSON.stringify(projected(before, index, table)) === JSON.stringify(projected(after, index, table));

const changeOf = (index: Index, before: Item | null | undefined, after: Item | null | undefined, table: Table) => {
  if (before && after && isSameRow(index, before, after, table)) return [];
  const old = before ? rowOf(index, before, table) : undefined;
  const row = after ? rowOf(index, after, table) : undefined;
  return [
    ...(old && old.key !== row?.key ? [{ type: 'del' as const, key: old.key }] : []),
    ...(row ? [{ type: 'put' as const, key: row.key, value: row.item }] : []),
  ];
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
      return changeOf(index, before, after, table).map((change) => ({ ...change, key: prefix + change.key }));
    });
  });
