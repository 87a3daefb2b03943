import type { Store, Table } from './dynalite.ts';
import { changeIndexes, type IndexUpdate } from './indexes.ts';
import { clearRange, indexPrefix, itemPrefix, tagPrefix } from './key-range.ts';
import { refusal } from './refusal.ts';
import type { Operations, Runner } from './run.ts';
import { changeTable, readTable } from './table-record.ts';
import { takeSettings, warm } from './table-settings.ts';
import { checkTagCount, putTags, type Tag } from './tags.ts';

type Request = Record<string, unknown>;

/** AWS describes deletion protection of every table. */
const described = (table: Table): Table => ({ DeletionProtectionEnabled: false, ...table });

/** What a write in flight left of a deleted table must not be in a new one of its name. */
const clearLeftovers = (store: Store, name: string, forget: (table: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    store.tableDb.lock(name, (release) => {
      const done = release((error) => (error ? reject(error) : resolve()));
      store.getTable(name, false, (_, existing) => {
        if (existing) return done();
        const prefixes = [itemPrefix(name), tagPrefix(name), indexPrefix('local', name), indexPrefix('global', name)];
        const cleared = Promise.all(prefixes.map((prefix) => clearRange(store, prefix)));
        cleared.then(() => forget(name)).then(() => done(), done);
      });
    });
  });

const makeCreate =
  (store: Store, { check, execute }: Runner, forget: (table: string) => void) =>
  async (request: Request): Promise<unknown> => {
    const { Tags: tags = [], ...checked } = check('CreateTable', request) as { Tags?: Tag[] };
    checkTagCount(tags);
    // dynalite completes the request and stores it as the description of the table.
    const table = checked as unknown as Table;
    const { awsRegion, awsAccountId } = store.tableDb;
    table.TableArn = `arn:aws:dynamodb:${awsRegion}:${awsAccountId}:table/${table.TableName}`;
    takeSettings(checked)?.(table);
    table.DeletionProtectionEnabled ??= false;
    for (const index of table.GlobalSecondaryIndexes ?? [])
      if (index.WarmThroughput) index.WarmThroughput = warm(index.WarmThroughput);
    await clearLeftovers(store, table.TableName, forget);
    const answer = await execute('CreateTable', checked);
    await putTags(store, table.TableName, tags);
    return answer;
  };

interface Update {
  TableName: string;
  AttributeDefinitions?: Table['AttributeDefinitions'];
  GlobalSecondaryIndexUpdates?: IndexUpdate[];
  BillingMode?: string;
  ProvisionedThroughput?: object;
}

/** dynalite ignores them. */
const refuseUnknownIndexes = async (store: Store, name: string, updates: IndexUpdate[]): Promise<void> => {
  const changed = updates.flatMap(({ Update }) => Update?.IndexName ?? []);
  if (changed.length === 0) return;
  const { GlobalSecondaryIndexes: indexes = [] } = await readTable(store, name);
  const unknown = changed.find((wanted) => !indexes.some(({ IndexName }) => IndexName === wanted));
  if (unknown !== undefined) throw refusal(`The table does not have the specified index: ${unknown}`);
};

const makeUpdate =
  (store: Store, { check, execute, itemOperationsEnded }: Runner) =>
  async (request: Request): Promise<unknown> => {
    const checked = check('UpdateTable', request) as unknown as Update;
    const { TableName: name, AttributeDefinitions: attributes = [], ...changes } = checked;
    const updates = changes.GlobalSecondaryIndexUpdates ?? [];
    const changesIndexes = updates.some(({ Create, Delete }) => Create ?? Delete);
    const changesThroughput =
      changes.BillingMode ?? changes.ProvisionedThroughput ?? updates.some(({ Update }) => Update);
    // As DynamoDB (API reference, UpdateTable): one of these at once.
    if (changesIndexes && changesThroughput)
      throw refusal('An UpdateTable request changes billing and throughput, or creates and deletes indexes: send two');
    await refuseUnknownIndexes(store, name, updates);
    const apply = takeSettings(checked as unknown as Request);
    let table = apply && (await changeTable(store, name, apply));
    if (changesIndexes) table = await changeIndexes({ store, name, attributes, itemOperationsEnded }, updates);
    if (!changesThroughput && table) return { TableDescription: described(table) };
    return execute('UpdateTable', checked as unknown as Request);
  };

const makeDelete =
  (store: Store, { check, execute }: Runner, forget: (table: string) => void) =>
  async (request: Request): Promise<unknown> => {
    const checked = check('DeleteTable', request);
    const name = String(checked.TableName);
    const { DeletionProtectionEnabled: isProtected } = await readTable(store, name);
    if (isProtected)
      throw refusal(
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    const answer = await execute('DeleteTable', checked);
    forget(name);
    return answer;
  };

/**
 * The operations on tables that dynalite implements in part.
 * @param forget deletes what is stored elsewhere under the name of a table
 */
export const makeTableOperations = (store: Store, runner: Runner, forget: (table: string) => void): Operations => ({
  CreateTable: makeCreate(store, runner, forget),
  UpdateTable: makeUpdate(store, runner),
  DeleteTable: makeDelete(store, runner, forget),
  DescribeTable: async (request) => {
    const { Table: table } = (await runner.run('DescribeTable', request)) as { Table: Table };
    return { Table: described(table) };
  },
});
