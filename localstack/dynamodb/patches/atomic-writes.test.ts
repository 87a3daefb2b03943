import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Callback, dbModule, type Level, type Store, type Table } from '../dynalite.ts';
import { startStore, type TestStore } from '../dynamodb.testing.ts';
import { makeRunner } from '../run.ts';
import { readTable } from '../table-record.ts';
import { makeAtomicStore } from './atomic-writes.ts';

const TableName = 'table';
const forgotten: unknown[] = [];
let dynamodb: TestStore;
let store: Store;
beforeEach(async () => {
  forgotten.length = 0;
  dynamodb = await startStore({ forget: (name) => forgotten.push(store.db.getSync(`table~${name}`)) });
  store = dynamodb.store;
});
afterEach(() => dynamodb.close());

const keyedBy = (name: string) => ({
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
});
const byGroup = { IndexName: 'by-group', ...keyedBy('group'), Projection: { ProjectionType: 'ALL' } };
const Item = { id: { S: 'a' }, group: { S: 'g' } };

describe('an item and its index row', () => {
  type Writes = Level & { put(key: string): void };
  const { AttributeDefinitions, ...index } = byGroup;
  const create = () =>
    dynamodb.createTable({
      TableName,
      KeySchema: keyedBy('id').KeySchema,
      AttributeDefinitions: [...keyedBy('id').AttributeDefinitions, ...AttributeDefinitions],
      GlobalSecondaryIndexes: [index],
    });
  const prefixes = ['index-global~table~by-group~', 'item-table~'];
  const prefixOf = (key: string) => prefixes.find((prefix) => key.startsWith(prefix));

  it('are two writes without the patch', async () => {
    await create();
    const put = vi.spyOn(store.db as Writes, 'put');
    await makeRunner(store, store).run('PutItem', { TableName, Item });
    expect(put.mock.calls.map(([key]) => prefixOf(String(key)))).toEqual(prefixes);
  });

  it('are one batch', async () => {
    await create();
    const batch = vi.spyOn(store.db, 'batch');
    await dynamodb.run('PutItem', { TableName, Item });
    const written = batch.mock.calls.map(([operations]) => operations.map(({ key }) => key));
    expect(written.map((keys) => keys.map(prefixOf))).toEqual([prefixes]);
  });

  it('are both in a batch of an index that was added while the item was being written', async () => {
    await dynamodb.createTable({ TableName, ...keyedBy('id') });
    const release = await lockItem('a');
    const putting = dynamodb.run('PutItem', { TableName, Item });
    const GlobalSecondaryIndexUpdates = [{ Create: index }];
    const adding = dynamodb.run('UpdateTable', { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates });
    await vi.waitFor(async () => expect((await readTable(store, TableName)).GlobalSecondaryIndexes).toHaveLength(1));
    release();
    await Promise.all([putting, adding]);
    expect(await dynamodb.run('Scan', { TableName, IndexName: 'by-group' })).toMatchObject({ Count: 1 });
  });

  const lockItem = (id: string): Promise<() => void> =>
    new Promise((resolve) => {
      const key = dbModule.createKey({ id: { S: id } }, { TableName, ...keyedBy('id') } as unknown as Table);
      store.getItemDb(TableName).lock(key, (release) => resolve(release(() => {}) as () => void));
    });
});

describe('the cached description of a table', () => {
  const read = (from: Store): Promise<Table | undefined> =>
    new Promise((resolve) => from.getTable(TableName, (_, table) => resolve(table)));

  it.each(['before', 'after'])(
    'is not the one from before a change, when it is read %s the change is stored',
    async (order) => {
      const described = (TableArn: string) => ({ TableName, TableArn, TableStatus: 'ACTIVE' }) as Table;
      let stored = described('old');
      const reads: (() => void)[] = [];
      const writes: (() => void)[] = [];
      const delayed = {
        ...store,
        tableDb: {
          ...store.tableDb,
          put: (_key: string, table: Table, callback: Callback) => {
            writes.push(() => {
              stored = table;
              callback();
            });
          },
        },
        getTable: (_name: string, _check: boolean, callback: Callback<Table>) => {
          const found = stored;
          reads.push(() => callback(null, found));
        },
      } as unknown as Store;
      const atomic = makeAtomicStore(delayed);
      const finish = (operations: (() => void)[]): void => {
        for (const operation of operations.splice(0)) operation();
      };
      // Two that begin before and during the change, one of which ends during it.
      const early = read(atomic);
      delayed.tableDb.put(TableName, described('new'), () => {});
      const during = read(atomic);
      for (const operations of order === 'before' ? [reads, writes] : [writes, reads]) finish(operations);
      await Promise.all([early, during]);
      const late = read(atomic);
      finish(reads);
      expect((await late)?.TableArn).toBe('new');
    },
  );
});

describe('a table', () => {
  it('is created after what an earlier one of its name left is forgotten', async () => {
    await dynamodb.run('CreateTable', { TableName, BillingMode: 'PAY_PER_REQUEST', ...keyedBy('id') });
    expect(forgotten).toEqual([undefined]);
  });

  it('accepts no write while it is being deleted', async () => {
    const table = { TableName, TableStatus: 'DELETING', ...keyedBy('id') };
    await new Promise<void>((resolve) => store.tableDb.put(TableName, table, () => resolve()));
    await expect(dynamodb.run('PutItem', { TableName, Item: { id: { S: 'a' } } })).rejects.toMatchObject({
      body: { __type: expect.stringMatching(/#ResourceNotFoundException$/) },
    });
  });
});
