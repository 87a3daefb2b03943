import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  ScanCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable, untilActive, untilGone, useDynamoDb } from './dynamodb.testing.ts';

const dynamodb = useDynamoDb();
let client: DynamoDBClient;
let tables = 0;
let TableName = '';
beforeAll(async () => {
  client = dynamodb.client;
});
beforeEach(() => {
  tables += 1;
  TableName = `table-${tables}`;
});

const create = (changes: Partial<CreateTableCommandInput> = {}) => createTable(client, TableName, changes);
const update = (changes: Partial<UpdateTableCommandInput>) =>
  client.send(new UpdateTableCommand({ TableName, ...changes }));
const describeIt = async () => (await client.send(new DescribeTableCommand({ TableName }))).Table;
const remove = () => client.send(new DeleteTableCommand({ TableName }));
const refused = (message: string) => ({ name: 'ValidationException', message: expect.stringContaining(message) });

describe('deletion protection', () => {
  it('is off by default, and refuses DeleteTable while it is on', async () => {
    await create({ DeletionProtectionEnabled: true });
    expect(await describeIt()).toMatchObject({ DeletionProtectionEnabled: true });
    await expect(remove()).rejects.toMatchObject(
      refused('Resource cannot be deleted as it is currently protected against deletion.'),
    );
    const { TableDescription } = await update({ DeletionProtectionEnabled: false });
    expect(TableDescription).toMatchObject({ DeletionProtectionEnabled: false });
    await remove();
    await untilGone(client, TableName);
    await create();
    expect(await describeIt()).toMatchObject({ DeletionProtectionEnabled: false });
  });
});

describe('the description of a table', () => {
  it('has the class, encryption and throughput of its creation', async () => {
    const OnDemandThroughput = { MaxReadRequestUnits: 100, MaxWriteRequestUnits: 50 };
    const WarmThroughput = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 };
    await create({
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      SSESpecification: { Enabled: true, KMSMasterKeyId: 'alias/mine' },
      OnDemandThroughput,
      WarmThroughput,
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-id',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
          OnDemandThroughput,
          WarmThroughput,
        },
      ],
    });
    const index = { OnDemandThroughput, WarmThroughput: { ...WarmThroughput, Status: 'ACTIVE' } };
    expect(await describeIt()).toMatchObject({
      TableClassSummary: { TableClass: 'STANDARD_INFREQUENT_ACCESS' },
      SSEDescription: {
        Status: 'ENABLED',
        SSEType: 'KMS',
        KMSMasterKeyArn: 'arn:aws:kms:us-east-1:000000000000:alias/mine',
      },
      ...index,
      GlobalSecondaryIndexes: [index],
    });
  });

  it('has what UpdateTable has set since, one by one', async () => {
    await create({ SSESpecification: { Enabled: true } });
    await untilActive(client, TableName);
    await update({ TableClass: 'STANDARD' });
    await update({ OnDemandThroughput: { MaxReadRequestUnits: 7 } });
    await update({ SSESpecification: { Enabled: false } });
    await update({ WarmThroughput: { ReadUnitsPerSecond: 20_000 }, DeletionProtectionEnabled: true });
    const table = await describeIt();
    expect(table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableClassSummary: { TableClass: 'STANDARD' },
      OnDemandThroughput: { MaxReadRequestUnits: 7 },
      WarmThroughput: { ReadUnitsPerSecond: 20_000 },
      DeletionProtectionEnabled: true,
    });
    expect(table?.SSEDescription).toBeUndefined();
    await update({ DeletionProtectionEnabled: false });
  });
});

describe('a setting that is not supported', () => {
  const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' as const };

  it.each<[string, Partial<CreateTableCommandInput>, string]>([
    ['a stream', { StreamSpecification }, 'the embedded DynamoDB has no streams'],
    ['a resource policy', { ResourcePolicy: '{}' }, 'ResourcePolicy is not supported by the embedded DynamoDB'],
    ['a replica', { GlobalTableSourceArn: 'arn:aws:dynamodb:eu-west-1:0:table/t' }, 'GlobalTableSourceArn is not'],
    ['an unknown class', { TableClass: 'COLD' as never }, "Value 'COLD' at 'tableClass' failed to satisfy"],
    ['encryption by AES256', { SSESpecification: { Enabled: true, SSEType: 'AES256' } }, 'AES256 is not supported'],
    ['a key without encryption', { SSESpecification: { KMSMasterKeyId: 'k' } }, 'need SSESpecification.Enabled'],
    ['an empty tag key', { Tags: [{ Key: '', Value: 'v' }] }, "at 'tags.1.member.key' failed to satisfy constraint"],
  ])('is refused by CreateTable: %s', async (_, changes, message) => {
    await expect(create(changes)).rejects.toMatchObject(refused(message));
    await expect(describeIt()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it.each<[string, Partial<UpdateTableCommandInput>, string]>([
    ['a stream', { StreamSpecification }, 'the embedded DynamoDB has no streams'],
    [
      'replicas',
      { ReplicaUpdates: [{ Create: { RegionName: 'eu-west-1' } }] },
      'ReplicaUpdates is not supported by the embedded DynamoDB',
    ],
    ['nothing', {}, 'At least one of'],
    [
      'the throughput of an index that is not there',
      {
        GlobalSecondaryIndexUpdates: [
          { Update: { IndexName: 'none', ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } } },
        ],
      },
      'The table does not have the specified index: none',
    ],
    [
      'throughput and indexes at once',
      { BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: 'any' } }] },
      'send two',
    ],
  ])('is refused by UpdateTable: %s', async (_, changes, message) => {
    await create();
    await untilActive(client, TableName);
    await expect(update(changes)).rejects.toMatchObject(refused(message));
  });

  it('is not a stream that is disabled', async () => {
    await create({ StreamSpecification: { StreamEnabled: false } });
    expect((await describeIt())?.StreamSpecification).toBeUndefined();
  });
});

describe('a table of the same name', () => {
  const setUp = async () => {
    await create({ Tags: [{ Key: 'suite', Value: 'one' }] });
    await untilActive(client, TableName);
    const TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    await client.send(
      new PutItemCommand({ TableName, Item: { id: { S: 'a' } }, ConditionExpression: 'attribute_not_exists(id)' }),
    );
  };
  const tearDown = async () => {
    await remove();
    await untilGone(client, TableName);
  };

  it('has nothing of an earlier one that was deleted', async () => {
    for (let run = 0; run < 2; run += 1) {
      await setUp();
      expect((await client.send(new ScanCommand({ TableName }))).Count).toBe(1);
      await tearDown();
    }
    await create();
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
    expect(Tags).toEqual([]);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });
});

it('a table that exists is not replaced by CreateTable', async () => {
  await create({ DeletionProtectionEnabled: true });
  await untilActive(client, TableName);
  await client.send(new PutItemCommand({ TableName, Item: { id: { S: 'kept' } } }));
  await expect(create()).rejects.toMatchObject({ name: 'ResourceInUseException' });
  const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'kept' } } }));
  expect(Item).toEqual({ id: { S: 'kept' } });
  expect(await describeIt()).toMatchObject({ DeletionProtectionEnabled: true });
});

it('a member of CreateTable that is null counts as absent', async () => {
  const answer = await fetch(dynamodb.aws.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'DynamoDB_20120810.CreateTable' },
    body: JSON.stringify({ ...new CreateTableCommand(tableInput()).input, StreamSpecification: null }),
  });
  expect(answer.status).toBe(200);
});

const tableInput = (): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
});
