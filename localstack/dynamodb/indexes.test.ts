import {
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type ScalarAttributeType,
  UpdateItemCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTable, untilActive, useDynamoDb } from './dynamodb.testing.ts';

const TableName = 'indexed';
const dynamodb = useDynamoDb();
let client: DynamoDBClient;
beforeAll(async () => {
  client = dynamodb.client;
  await createTable(client, TableName);
  await untilActive(client, TableName);
});

const add = (AttributeType: ScalarAttributeType) =>
  client.send(
    new UpdateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'group', AttributeType }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: 'by-group',
            KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        },
      ],
    }),
  );
const remove = () =>
  client.send(
    new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'by-group' } }] }),
  );
const put = (id: string, group: { S: string } | { N: string }) =>
  client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, group } }));
const query = async (value: { S: string } | { N: string }) => {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName,
      IndexName: 'by-group',
      KeyConditionExpression: '#group = :value',
      ExpressionAttributeNames: { '#group': 'group' },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
  return Items.map(({ id }) => id?.S).sort();
};

it('an added index has the items there are, is gone when deleted, and may come back with another type', async () => {
  await put('a', { S: '1' });
  await add('S');
  await put('b', { S: '1' });
  expect(await query({ S: '1' })).toEqual(['a', 'b']);

  const { TableDescription } = await remove();
  expect(TableDescription?.GlobalSecondaryIndexes).toBeUndefined();
  expect(TableDescription?.AttributeDefinitions).toEqual([{ AttributeName: 'id', AttributeType: 'S' }]);
  await expect(query({ S: '1' })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(remove()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

  await put('c', { N: '1' });
  await add('N');
  await put('a', { N: '1' });
  expect(await query({ N: '1' })).toEqual(['a', 'c']);
  await expect(add('N')).rejects.toMatchObject({ name: 'ValidationException' });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([{ IndexName: 'by-group', IndexStatus: 'ACTIVE' }]);
});

it('an added index whose key is not defined is refused', async () => {
  const GlobalSecondaryIndexUpdates = [
    {
      Create: {
        IndexName: 'by-other',
        KeySchema: [{ AttributeName: 'other', KeyType: 'HASH' as const }],
        Projection: { ProjectionType: 'ALL' as const },
      },
    },
  ];
  await expect(client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'AttributeDefinitions must define the key attributes of the index: other',
  });
});

describe('an index', () => {
  const TableName = 'owned';
  const byOwner = async (owner: string) => {
    const request = new QueryCommand({
      TableName,
      IndexName: 'by_owner',
      KeyConditionExpression: 'owner_id = :o',
      ExpressionAttributeValues: { ':o': { S: owner } },
    });
    return (await client.send(request)).Items?.map((item) => item.id?.S);
  };

  beforeAll(() =>
    createTable(client, TableName, {
      AttributeDefinitions: ['id', 'owner_id'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by_owner',
          KeySchema: [{ AttributeName: 'owner_id', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );

  it('follows put, update and removal of its key', async () => {
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'a' }, owner_id: { S: 'ann' } } }));
    expect(await byOwner('ann')).toEqual(['a']);
    const update = (UpdateExpression: string, values?: Record<string, { S: string }>) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: 'a' } },
          UpdateExpression,
          ExpressionAttributeValues: values,
        }),
      );
    await update('SET note = :n', { ':n': { S: 'unchanged keys' } });
    expect(await byOwner('ann')).toEqual(['a']);
    await update('SET owner_id = :o', { ':o': { S: 'bob' } });
    expect(await byOwner('ann')).toEqual([]);
    expect(await byOwner('bob')).toEqual(['a']);
    await update('REMOVE owner_id');
    expect(await byOwner('bob')).toEqual([]);
  });

  it('stays as it was when a condition fails, and follows the next write', async () => {
    const put = (owner: string, ConditionExpression?: string) =>
      client.send(
        new PutItemCommand({ TableName, Item: { id: { S: 'b' }, owner_id: { S: owner } }, ConditionExpression }),
      );
    await put('cid');
    await expect(put('dan', 'attribute_not_exists(id)')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    expect([await byOwner('cid'), await byOwner('dan')]).toEqual([['b'], []]);
    await put('eve');
    expect([await byOwner('cid'), await byOwner('eve')]).toEqual([[], ['b']]);
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'b' } } }));
    expect(Item?.owner_id?.S).toBe('eve');
  });
});
