import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeTimeToLiveCommand, ListTagsOfResourceCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { clientsFor, temporaryDirectory } from '../kit.ts';
import { startAws } from '../stack.ts';
import { dbModule } from './dynalite.ts';
import { createTable } from './kit.ts';

const LEFT = ['item-table~0f1e~', 'index-global~table~by-id~0f1e~', 'tag-table~owner'];

/** As a stack leaves it that was killed, or written to, while it deleted a table. */
const leaveBehind = async (directory: string): Promise<void> => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'time-to-live.json'), '{"table":"expires"}');
  const store = dbModule.create({ path: join(directory, 'dynamodb') });
  await store.db.open();
  const left = LEFT.map((key) => ({ type: 'put' as const, key, value: { id: { S: 'left' } } }));
  await new Promise<void>((resolve, reject) => {
    store.db.batch(left, (error) => (error ? reject(error) : resolve()));
  });
  await store.db.close();
};

it('a table has nothing of an earlier one of its name: no items, no tags, no time to live', async () => {
  const directory = temporaryDirectory();
  await leaveBehind(directory.path);
  const aws = await startAws({ dataDir: directory.path, provisioned: false });
  const { dynamodb } = clientsFor(aws.endpoint);
  const { TableDescription } = await createTable(dynamodb, 'table');
  const TableName = 'table';
  expect((await dynamodb.send(new ScanCommand({ TableName }))).Items).toEqual([]);
  const ResourceArn = TableDescription?.TableArn;
  expect((await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([]);
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
  await aws.close();
  directory.remove();
});
