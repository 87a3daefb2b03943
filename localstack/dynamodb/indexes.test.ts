import {
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  type ScalarAttributeType,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, startDynamoDb, untilActive } from './dynamodb.testing.ts';

const TableName = 'indexed';
let dynamodb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: DynamoDBClient;
beforeAll(async () => {
  dynamodb = await startDynamoDb();
  client = dynamodb.client;
  await createTable(client, TableName);
  await untilActive(client, TableName);
});
afterAll(() => dynamodb.close());

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

it('an index is filled with what is there, is gone when it is deleted, and may come back with another type, for what has it', async () => {
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

it('an index whose key is not defined is refused', async () => {
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
