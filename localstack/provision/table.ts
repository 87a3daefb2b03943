import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  type TimeToLiveSpecification,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Made } from './intrinsics.ts';
import { waitUntil } from './wait.ts';

export type TableProperties = CreateTableCommandInput & {
  TableName: string;
  TimeToLiveSpecification?: TimeToLiveSpecification;
};

const describe = async (client: DynamoDBClient, name: string): Promise<TableDescription | undefined> => {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

const isReady = (table: TableDescription | undefined): boolean =>
  table?.TableStatus === 'ACTIVE' &&
  (table.GlobalSecondaryIndexes ?? []).every((index) => index.IndexStatus === 'ACTIVE');

const ready = (client: DynamoDBClient, name: string): Promise<TableDescription | undefined> =>
  waitUntil(`table ${name} is active`, () => describe(client, name), isReady);

const create = async (client: DynamoDBClient, properties: TableProperties): Promise<void> => {
  const { TableName, AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes, ProvisionedThroughput } =
    properties;
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions,
      KeySchema,
      BillingMode,
      GlobalSecondaryIndexes,
      ProvisionedThroughput,
    }),
  );
};

/**
 * One at a time, as DynamoDB requires. An index that is no longer declared stays, so that no data
 * is lost.
 */
const addIndexes = async (
  client: DynamoDBClient,
  declared: TableProperties,
  existing: TableDescription,
): Promise<void> => {
  const names = new Set((existing.GlobalSecondaryIndexes ?? []).map((index) => index.IndexName));
  for (const index of declared.GlobalSecondaryIndexes ?? []) {
    if (names.has(index.IndexName)) continue;
    const { TableName, AttributeDefinitions } = declared;
    const { IndexName, KeySchema, Projection } = index;
    const update = { Create: { IndexName, KeySchema, Projection } };
    await client.send(
      new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [update] }),
    );
    await ready(client, TableName);
  }
};

const enableTimeToLive = async (
  client: DynamoDBClient,
  { TableName, TimeToLiveSpecification: wanted }: TableProperties,
) => {
  if (!wanted?.Enabled) return;
  const { TimeToLiveDescription: now } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (now?.TimeToLiveStatus === 'ENABLED' && now.AttributeName === wanted.AttributeName) return;
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: wanted }));
};

/** Creates the table, or the indexes and time to live that it lacks. */
export const provisionTable = async (client: DynamoDBClient, properties: TableProperties): Promise<Made> => {
  const { TableName: name } = properties;
  const existing = await describe(client, name);
  if (existing) await addIndexes(client, properties, existing);
  else await create(client, properties);
  const table = isReady(existing) ? existing : await ready(client, name);
  await enableTimeToLive(client, properties);
  return { ref: name, attributes: { Arn: table?.TableArn ?? '' } };
};
