import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Aws, startAws } from '../../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../../testing/temporary-directory.ts';
import { dbModule } from '../dynalite.ts';
import { createTable } from '../dynamodb.testing.ts';

const TABLES = {
  created: { TableStatus: 'CREATING' },
  changed: { TableStatus: 'UPDATING' },
  deleted: { TableStatus: 'DELETING' },
};
const LEFT = ['item-table~0f1e~', 'index-global~table~by-id~0f1e~', 'tag-table~owner'];

/** What a stack leaves that is killed while it deletes a table. */
const leaveBehind = async (directory: string): Promise<void> => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'time-to-live.json'), '{"table":"expires"}');
  const store = dbModule.create({ path: join(directory, 'dynamodb') });
  await store.db.open();
  const left = LEFT.map((key) => ({ type: 'put' as const, key, value: { id: { S: 'left' } } }));
  for (const [TableName, state] of Object.entries(TABLES)) {
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' }];
    left.push({ type: 'put', key: `table~${TableName}`, value: { TableName, KeySchema, ...state } as never });
  }
  await new Promise<void>((resolve, reject) => {
    store.db.batch(left, (error) => (error ? reject(error) : resolve()));
  });
  await store.db.close();
};

let directory: ReturnType<typeof temporaryDirectory>;
let aws: Aws;
let dynamodb: DynamoDBClient;
beforeAll(async () => {
  directory = temporaryDirectory();
  await leaveBehind(directory.path);
  aws = await startAws({ dataDir: directory.path, provisioned: false });
  dynamodb = clientsFor(aws.endpoint).dynamodb;
});
afterAll(async () => {
  await aws.close();
  directory.remove();
});

it('a table has no items, index rows, tags or time to live of an earlier one of its name', async () => {
  const index = {
    IndexName: 'by-id',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    Projection: { ProjectionType: 'ALL' as const },
  };
  const { TableDescription } = await createTable(dynamodb, 'table', { GlobalSecondaryIndexes: [index] });
  const TableName = 'table';
  expect((await dynamodb.send(new ScanCommand({ TableName }))).Items).toEqual([]);
  expect((await dynamodb.send(new ScanCommand({ TableName, IndexName: 'by-id' }))).Items).toEqual([]);
  const ResourceArn = TableDescription?.TableArn;
  expect((await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([]);
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
});

it('a table that was being created or changed is there after a start, and one that was being deleted is not', async () => {
  const statusOf = async (TableName: string) =>
    (await dynamodb.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
  expect(await statusOf('created')).toBe('ACTIVE');
  expect(await statusOf('changed')).toBe('ACTIVE');
  await expect(statusOf('deleted')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await createTable(dynamodb, 'deleted');
});

it('a provisioned table whose creation was cut short accepts items after the next start', async () => {
  const other = temporaryDirectory();
  const first = await startAws({ dataDir: other.path });
  const TableName = first.environment.TABLE_NAME ?? '';
  await first.close();

  const store = dbModule.create({ path: join(other.path, 'dynamodb') });
  await store.db.open();
  const table = store.db.getSync(`table~${TableName}`) as { TableStatus: string };
  await new Promise<void>((resolve) =>
    store.tableDb.put(TableName, { ...table, TableStatus: 'CREATING' }, () => resolve()),
  );
  await new Promise<void>((resolve) => store.lifecycleManager.gracefulClose(() => resolve()));

  const second = await startAws({ dataDir: other.path });
  const client = clientsFor(second.endpoint).dynamodb;
  await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' } } }));
  await second.close();
  other.remove();
});
