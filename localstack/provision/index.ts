import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { loadServerless, type ServerlessResource } from '../../lib/runtime/serverless/serverless-yaml.ts';
import { accountId } from '../http/account.ts';
import { type Lookup, type Made, resolveIntrinsics } from './intrinsics.ts';
import { provisionQueue, type QueueProperties } from './queue.ts';
import { provisionSchedule, provisionScheduleGroup, type ScheduleProperties } from './schedule.ts';
import { provisionTable, type TableProperties } from './table.ts';

interface ProvisionOptions {
  /** Default: from the environment, as the SDK reads it. */
  endpoint?: string;
  stage: string;
  region: string;
  /** Default: serverless.yml of the repository. */
  path?: string;
}

interface Provisioned {
  /** The provider's environment, with names, URLs and ARNs in place of references. */
  environment: Record<string, string>;
}

type Make = (properties: Record<string, unknown>, logicalId: string) => Promise<Made>;

const makersFor = ({ endpoint, region }: ProvisionOptions) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { region, ...(endpoint !== undefined && { endpoint, credentials }) };
  const dynamodb = new DynamoDBClient(config);
  // The URLs of an emulator's queues name hosts that need not resolve from here.
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const scheduler = new SchedulerClient(config);
  const makers: Record<string, Make | undefined> = {
    'AWS::DynamoDB::Table': (properties) => provisionTable(dynamodb, properties as unknown as TableProperties),
    'AWS::SQS::Queue': (properties) => provisionQueue(sqs, properties as QueueProperties),
    'AWS::Scheduler::ScheduleGroup': (properties) => {
      const name = String(properties.Name);
      const arn = `arn:aws:scheduler:${region}:${accountId}:schedule-group/${name}`;
      return provisionScheduleGroup(scheduler, { Name: name }, arn);
    },
    'AWS::Scheduler::Schedule': (properties) =>
      provisionSchedule(scheduler, properties as unknown as ScheduleProperties),
    // Nothing to create: an emulator checks no roles, so only the name is needed.
    'AWS::IAM::Role': async (properties, logicalId) => {
      const name = String(properties.RoleName ?? logicalId);
      return { ref: name, attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` } };
    },
  };
  const close = (): void => {
    for (const client of [dynamodb, sqs, scheduler]) client.destroy();
  };
  return { makers, close };
};

/** Of a role only the name: its policies refer to resources that refer to the role. */
const propertiesOf = ({ Type, Properties = {} }: ServerlessResource): Record<string, unknown> =>
  Type === 'AWS::IAM::Role' ? { RoleName: Properties.RoleName } : Properties;

/** Creates or updates the tables, queues and schedules that serverless.yml declares. Idempotent. */
export const provision = async (options: ProvisionOptions): Promise<Provisioned> => {
  const { stage, region, path } = options;
  const document = await loadServerless({ stage, region, env: process.env, ...(path !== undefined && { path }) });
  const { Resources: resources } = document.resources;
  const { makers, close } = makersFor(options);
  const made = new Map<string, Promise<Made>>();

  const make = async (logicalId: string): Promise<Made> => {
    const resource = resources[logicalId];
    const maker = resource && makers[resource.Type];
    if (!(resource && maker)) throw new Error(`${logicalId} is not a table, queue, schedule group, schedule or role`);
    return maker((await resolveIntrinsics(propertiesOf(resource), lookup)) as Record<string, unknown>, logicalId);
  };

  const lookup: Lookup = {
    pseudo: {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::StackName': `${document.service}-${stage}`,
    },
    resource: (logicalId) => {
      const known = made.get(logicalId) ?? make(logicalId);
      made.set(logicalId, known);
      return known;
    },
  };

  try {
    const ours = Object.entries(resources).filter(([, { Type }]) => makers[Type]);
    await Promise.all(ours.map(([logicalId]) => lookup.resource(logicalId)));
    const environment = (await resolveIntrinsics(document.provider.environment, lookup)) as Record<string, unknown>;
    return { environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])) };
  } finally {
    close();
  }
};
