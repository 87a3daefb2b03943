import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, vi } from 'vitest';
import { waitUntil } from '../provision/wait.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';
import { useAws } from '../testing/use-aws.ts';
import { dbModule } from './dynalite.ts';
import { makeAtomicStore } from './patches/atomic-writes.ts';
import { makeRunner, type Run } from './run.ts';
import { readTable } from './table-record.ts';
import { makeTableOperations } from './tables.ts';

/** An empty local AWS for the tests of a file, and a client of its DynamoDB. */
export const useDynamoDb = () => {
  const aws = useAws({ provisioned: false });
  const kit = { aws } as { aws: typeof aws; client: DynamoDBClient };
  beforeAll(() => {
    kit.client = clientsFor(aws.endpoint).dynamodb;
  });
  return kit;
};

/** The operations without HTTP, over a store in a directory of its own. */
export const startStore = async ({ forget = (_table: string): void => {} } = {}) => {
  const directory = temporaryDirectory();
  const store = dbModule.create({ path: directory.path, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  await store.db.open();
  const runner = makeRunner(store, makeAtomicStore(store));
  const own = makeTableOperations(store, runner, forget);
  const run: Run = async (operation, request) => (own[operation] ?? ((given) => runner.run(operation, given)))(request);
  return {
    store,
    run,
    /** Resolves when it is active. */
    createTable: async (request: { TableName: string } & Record<string, unknown>): Promise<void> => {
      await run('CreateTable', { BillingMode: 'PAY_PER_REQUEST', ...request });
      await vi.waitFor(async () => expect((await readTable(store, request.TableName)).TableStatus).toBe('ACTIVE'));
    },
    close: async (): Promise<void> => {
      await store.db.close();
      directory.remove();
    },
  };
};
export type TestStore = Awaited<ReturnType<typeof startStore>>;

/** Creates a minimal table, with changes. */
export const createTable = (
  client: DynamoDBClient,
  TableName: string,
  changes: Partial<CreateTableCommandInput> = {},
) =>
  client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ...changes,
    }),
  );

const statusOf = (client: DynamoDBClient, TableName: string): Promise<string | undefined> =>
  client.send(new DescribeTableCommand({ TableName })).then(
    ({ Table }) => Table?.TableStatus,
    (error: Error) => error.name,
  );

/** Tables are created, changed and deleted shortly after the answer. */
export const untilActive = (client: DynamoDBClient, name: string) =>
  waitUntil(
    `table ${name} is active`,
    () => statusOf(client, name),
    (status) => status === 'ACTIVE',
  );

export const untilGone = (client: DynamoDBClient, name: string) =>
  waitUntil(
    `table ${name} is gone`,
    () => statusOf(client, name),
    (status) => status === 'ResourceNotFoundException',
  );
