/** Where the keys are: the table of a deployed stage, or of a running `npm start`. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { makeTable, type Table } from '../../lib/aws/table/table.ts';
import type { Clock } from '../../lib/platform/clock.ts';
import { systemClock } from '../../lib/platform/clock.ts';
import { loadServerless } from '../../lib/runtime/serverless/serverless-yaml.ts';

export interface KeyTable {
  table: Table;
  clock: Clock;
  /** For people. */
  what: string;
  close(): void;
}

type Environment = Record<string, string | undefined>;

const tableNameOf = async (stage: string): Promise<string> => {
  const { Properties } = (await loadServerless({ stage })).resources.Resources.Table ?? {};
  return String(Properties?.TableName);
};

/** Business time as the stack has it: what it has been advanced by stays the same while a command runs. */
const clockOf = async (endpoint: string): Promise<Clock> => {
  const answer = await fetch(`${endpoint}/_local/clock`).catch(() => undefined);
  if (!answer?.ok) {
    throw new Error(
      `No local stack answers at ${endpoint}.\nStart one with "npm start", set LOCAL_AWS_PORT to where it is, or name a deployed stage with --stage.`,
    );
  }
  const { offset_ms: offsetMs } = (await answer.json()) as { offset_ms: number };
  return { ...systemClock, now: () => Date.now() + offsetMs };
};

const localTable = async (env: Environment): Promise<KeyTable> => {
  const endpoint = `http://127.0.0.1:${env.LOCAL_AWS_PORT || 4566}`;
  const clock = await clockOf(endpoint);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, credentials, region: 'us-east-1' });
  const tableName = await tableNameOf('local');
  const table = makeTable({ client, tableName, clock });
  return { table, clock, what: `${tableName}, of the local stack at ${endpoint}`, close: () => client.destroy() };
};

const awsTable = (tableName: string, region: string): KeyTable => {
  const client = new DynamoDBClient({ region, maxAttempts: 2 });
  const table = makeTable({ client, tableName, clock: systemClock });
  return { table, clock: systemClock, what: `${tableName} in ${region}`, close: () => client.destroy() };
};

/**
 * `--stage` says it, else `TABLE_NAME` does, else it is the local stack: a shell that is set up for
 * AWS is not touched unasked.
 */
export const openKeyTable = async (stage: string | undefined, env: Environment): Promise<KeyTable> => {
  const region = env.AWS_REGION || 'us-east-1';
  if (stage !== undefined && stage !== 'local') return awsTable(await tableNameOf(stage), region);
  if (stage === undefined && env.TABLE_NAME) return awsTable(env.TABLE_NAME, region);
  return localTable(env);
};
