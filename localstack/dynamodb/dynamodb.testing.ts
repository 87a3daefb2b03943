import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { waitUntil } from '../provision/wait.ts';
import { type Aws, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';

/** The local AWS with nothing in it, and a client of its DynamoDB. */
export const startDynamoDb = async () => {
  const directory = temporaryDirectory();
  const aws: Aws = await startAws({ dataDir: directory.path, provisioned: false });
  return {
    aws,
    client: clientsFor(aws.endpoint).dynamodb,
    close: async () => {
      await aws.close();
      directory.remove();
    },
  };
};

/** The least that a table has, changed as wanted. */
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

/** A table is made, changed and deleted a moment after the answer. */
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
