import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dbModule, type Item, type Operation, type Table } from '../dynalite.ts';
import { startStore, type TestStore } from '../dynamodb.testing.ts';
import { indexPrefix, rangeOf, writeBatch } from '../key-range.ts';
import { finishTables } from './unfinished-tables.ts';

const TableName = 'notifications';
const index = {
  IndexName: 'open',
  KeySchema: [{ AttributeName: 'open_shard', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'KEYS_ONLY' },
};
const table = {
  TableName,
  AttributeDefinitions: ['id', 'open_shard'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [index],
};
const itemOf = (id: string): Item => ({ id: { S: id }, open_shard: { S: 'one' } });

/** Ids whose keys begin with the same 24 bits of a hash. */
const collidingIds = (): [string, string] => {
  const known = new Map<string, string>();
  for (let n = 0; ; n += 1) {
    const id = `ntf_${n}`;
    const hash = dbModule.createKey(itemOf(id), table as unknown as Table).slice(0, 6);
    const other = known.get(hash);
    if (other !== undefined) return [other, id];
    known.set(hash, id);
  }
};
const ids = collidingIds();

describe('an index without the patch', () => {
  const rowsOf = (item: Item) => dbModule.getIndexActions([index], null, item, table as unknown as Table).puts;

  it('has one row for two items whose hashes collide', () => {
    const [first, second] = ids.map((id) => rowsOf(itemOf(id))[0]?.key);
    expect(first).toBe(second);
  });

  it('throws at an item whose key attribute has another type', () => {
    expect(() => rowsOf({ id: { S: 'a' }, open_shard: { N: '1' } })).toThrow();
  });
});

describe('an index', () => {
  let dynamodb: TestStore;
  beforeEach(async () => {
    dynamodb = await startStore();
    await dynamodb.createTable(table);
  });
  afterEach(() => dynamodb.close());

  const put = (id: string) => dynamodb.run('PutItem', { TableName, Item: itemOf(id) });
  const query = async (more: object = {}) =>
    (await dynamodb.run('Query', {
      TableName,
      IndexName: 'open',
      KeyConditionExpression: 'open_shard = :shard',
      ExpressionAttributeValues: { ':shard': { S: 'one' } },
      ...more,
    })) as { Items: Item[]; LastEvaluatedKey?: Item };
  const found = async (more: object = {}) => (await query(more)).Items.map(({ id }) => id?.S).toSorted();

  it('has a row for each item, also when their hashes collide, and loses only that of the deleted one', async () => {
    for (const id of ids) await put(id);
    expect(await found()).toEqual(ids.toSorted());
    await dynamodb.run('DeleteItem', { TableName, Key: { id: { S: ids[1] } } });
    expect(await found()).toEqual([ids[0]]);
  });

  it.each([true, false])('is read page by page over colliding rows, forward: %s', async (ScanIndexForward) => {
    for (const id of [...ids, 'a', 'b']) await put(id);
    const seen: unknown[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await query({ ScanIndexForward, Limit: 1, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
      seen.push(...page.Items.map(({ id }) => id?.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    expect(seen.toSorted()).toEqual([...ids, 'a', 'b'].toSorted());
  });

  it('that was stored without the patch is complete after a start', async () => {
    for (const id of ids) await put(id);
    const { store } = dynamodb;
    const prefix = indexPrefix('global', TableName, 'open');
    const changes: Operation[] = [];
    for await (const key of store.db.keys(rangeOf(prefix))) changes.push({ type: 'del', key });
    for (const id of ids) {
      const [row] = dbModule.getIndexActions([index], null, itemOf(id), table as unknown as Table).puts;
      changes.push({ type: 'put', key: `${prefix}${row?.key}`, value: row?.item });
    }
    await writeBatch(store, changes);
    expect(await found()).toHaveLength(1);
    await finishTables(store);
    expect(await found()).toEqual(ids.toSorted());
    await put(ids[0]);
    expect(await found()).toEqual(ids.toSorted());
  });
});
