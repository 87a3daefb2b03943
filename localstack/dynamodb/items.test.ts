import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable, useDynamoDb } from './dynamodb.testing.ts';

const TableName = 'items';
const Key = { id: { S: 'a' } };
const stored = { ...Key, state: { S: 'old' }, list: { L: [{ N: '1' }] } };

const dynamodb = useDynamoDb();
let client: DynamoDBClient;
beforeAll(async () => {
  client = dynamodb.client;
  const keys = [
    { AttributeName: 'id', KeyType: 'HASH' as const },
    { AttributeName: 'state', KeyType: 'RANGE' as const },
  ];
  await createTable(client, TableName);
  await createTable(client, 'with-local-index', {
    AttributeDefinitions: ['id', 'state', 'other'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keys,
    LocalSecondaryIndexes: [
      {
        IndexName: 'by-other',
        KeySchema: [
          { AttributeName: 'id', KeyType: 'HASH' },
          { AttributeName: 'other', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
});
beforeEach(() => client.send(new PutItemCommand({ TableName, Item: stored })));

const onFailure = (ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE') => ({
  TableName,
  ConditionExpression: '#state = :new',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':new': { S: 'new' } },
  ...(ReturnValuesOnConditionCheckFailure && { ReturnValuesOnConditionCheckFailure }),
});
type Changes = ReturnType<typeof onFailure>;

describe('a condition that fails', () => {
  const writes: [string, (changes: Changes) => Promise<unknown>][] = [
    ['PutItem', (changes) => client.send(new PutItemCommand({ Item: { ...Key, state: { S: 'put' } }, ...changes }))],
    [
      'UpdateItem',
      (changes) =>
        client.send(
          new UpdateItemCommand({ Key, UpdateExpression: 'SET #state = :new REMOVE #list', ...withList(changes) }),
        ),
    ],
    ['DeleteItem', (changes) => client.send(new DeleteItemCommand({ Key, ...changes }))],
  ];
  const withList = (changes: Changes) => ({
    ...changes,
    ExpressionAttributeNames: { ...changes.ExpressionAttributeNames, '#list': 'list' },
  });

  it.each(writes)('answers the item, when %s asks for it', async (_, write) => {
    const failed = { name: 'ConditionalCheckFailedException', message: 'The conditional request failed' };
    await expect(write(onFailure('ALL_OLD'))).rejects.toMatchObject({ ...failed, Item: stored });
    for (const without of [onFailure(), onFailure('NONE')]) {
      const error = (await write(without).catch((error) => error)) as { Item?: object };
      expect(error).toMatchObject(failed);
      expect(error.Item).toBeUndefined();
    }
    expect((await client.send(new GetItemCommand({ TableName, Key }))).Item).toEqual(stored);
  });

  it('answers no item where there is none', async () => {
    const command = new PutItemCommand({ Item: { id: { S: 'absent' } }, ...onFailure('ALL_OLD') });
    const error = await client.send(command).catch((error) => error);
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(error.Item).toBeUndefined();
  });

  it('accepts only ALL_OLD or NONE', async () => {
    await expect(client.send(new DeleteItemCommand({ Key, ...onFailure('ALL' as never) }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint"),
    });
  });
});

it('a consistent Scan reads the table, and is refused for a global index', async () => {
  const Items = (await client.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items;
  expect(Items).toEqual([stored]);
  const IndexName = 'by-state';
  await createTable(client, 'with-global-index', {
    AttributeDefinitions: ['id', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [
      { IndexName, KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
    ],
  });
  const scan = new ScanCommand({ TableName: 'with-global-index', IndexName, ConsistentRead: true });
  await expect(client.send(scan)).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Consistent reads are not supported on global secondary indexes',
  });
});

describe('item collection metrics', () => {
  it('are none without a local index, as on AWS, and refused with one', async () => {
    const ReturnItemCollectionMetrics = 'SIZE';
    const put = new PutItemCommand({ TableName, Item: stored, ReturnItemCollectionMetrics });
    expect((await client.send(put)).ItemCollectionMetrics).toBeUndefined();
    const other = new PutItemCommand({ TableName: 'with-local-index', Item: stored, ReturnItemCollectionMetrics });
    await expect(client.send(other)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'ReturnItemCollectionMetrics SIZE is not supported for a table with local secondary indexes',
    });
  });
});
