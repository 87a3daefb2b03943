import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { load } from 'js-yaml';
import { makeTable, type Table } from '../aws/table/table.ts';
import type { Clock } from '../platform/clock.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: { createTableMs: number }) => Server;

/**
 * A real SDK client before a DynamoDB on a free port, with the table of infra/resources/tables.yml;
 * for tests.
 */
export interface DynamoFixture {
  endpoint: string;
  client: DynamoDBClient;
  tableName: string;
  table: Table;
  stop(): Promise<void>;
}

type Declared = CreateTableCommandInput & {
  TimeToLiveSpecification?: unknown;
  PointInTimeRecoverySpecification?: unknown;
};

const declared = (): Declared => {
  const file = new URL('../../infra/resources/tables.yml', import.meta.url);
  const template = load(readFileSync(file, 'utf8')) as { Resources: { Table: { Properties: Declared } } };
  const {
    TimeToLiveSpecification: _,
    PointInTimeRecoverySpecification: __,
    ...table
  } = template.Resources.Table.Properties;
  return table;
};

export const startDynamo = async (clock: Clock): Promise<DynamoFixture> => {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 3 });
  const tableName = 'table';
  await client.send(new CreateTableCommand({ ...declared(), TableName: tableName }));
  return {
    endpoint,
    client,
    tableName,
    table: makeTable({ client, tableName, clock }),
    stop: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
