import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { type Callback, dbModule, type Store, type Table } from '../dynalite.ts';
import { makeRunner, type Run } from '../run.ts';
import { readTable } from '../table-record.ts';
import { makeTableOperations } from '../tables.ts';
import { makeAtomicStore } from './atomic-writes.ts';

const TableName = 'table';
let directory: ReturnType<typeof temporaryDirectory>;
let store: Store;
beforeEach(async () => {
  directory = temporaryDirectory();
  store = dbModule.create({ path: directory.path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  await store.db.open();
});
afterEach(async () => {
  await store.db.close();
  directory.remove();
});

const keyedBy = (name: string) => ({
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
});
const read = (from: Store): Promise<Table | undefined> =>
  new Promise((resolve) => from.getTable(TableName, (_, table) => resolve(table)));

it.each(['before', 'after'])('a table that is read %s its change is stored is not kept as it was', async (order) => {
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
});

/** Operations over `store`. */
const startOperations = (forget: (table: string) => void = () => {}): Run => {
  const runner = makeRunner(store, makeAtomicStore(store));
  const own = makeTableOperations(store, runner, forget);
  return async (operation, request) => (own[operation] ?? ((given) => runner.run(operation, given)))(request);
};
const startTable = async (): Promise<Run> => {
  const run = startOperations();
  await run('CreateTable', { TableName, BillingMode: 'PAY_PER_REQUEST', ...keyedBy('id') });
  await vi.waitFor(async () => expect((await readTable(store, TableName)).TableStatus).toBe('ACTIVE'));
  return run;
};
const holdItem = (id: string): Promise<() => void> =>
  new Promise((resolve) => {
    const key = dbModule.createKey({ id: { S: id } }, { TableName, ...keyedBy('id') } as unknown as Table);
    store.getItemDb(TableName).lock(key, (release) => resolve(release(() => {}) as () => void));
  });

it('an index has the item of a write that began before it was added and ended after', async () => {
  const run = await startTable();
  const letGo = await holdItem('a');
  const putting = run('PutItem', { TableName, Item: { id: { S: 'a' }, group: { S: 'g' } } });
  const { KeySchema, AttributeDefinitions } = keyedBy('group');
  const Create = { IndexName: 'by-group', KeySchema, Projection: { ProjectionType: 'ALL' } };
  const adding = run('UpdateTable', { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [{ Create }] });
  await vi.waitFor(async () => expect((await readTable(store, TableName)).GlobalSecondaryIndexes).toHaveLength(1));
  letGo();
  await Promise.all([putting, adding]);
  expect(await run('Scan', { TableName, IndexName: 'by-group' })).toMatchObject({ Count: 1 });
});

it('what is kept by the name of a table is forgotten before there is a new one, which would have it after a crash', async () => {
  const known: unknown[] = [];
  const run = startOperations((name) => known.push(store.db.getSync(`table~${name}`)));
  await run('CreateTable', { TableName, BillingMode: 'PAY_PER_REQUEST', ...keyedBy('id') });
  expect(known).toEqual([undefined]);
});

it('nothing is written to a table that is being deleted', async () => {
  const run = startOperations();
  const table = { TableName, TableStatus: 'DELETING', ...keyedBy('id') };
  await new Promise<void>((resolve) => {
    store.tableDb.put(TableName, table, () => resolve());
  });
  await expect(run('PutItem', { TableName, Item: { id: { S: 'a' } } })).rejects.toMatchObject({
    body: { __type: expect.stringMatching(/#ResourceNotFoundException$/) },
  });
});
