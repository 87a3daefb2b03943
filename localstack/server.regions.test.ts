import {
  CreateTableCommand,
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { startAws } from './testing/stack.ts';
import { clientsFor, temporaryDirectory } from './testing/temporary-directory.ts';
import { useAws } from './testing/use-aws.ts';

const aws = useAws({ provisioned: false });

const inRegion = (region: string) => {
  const { config, ...clients } = clientsFor(aws.endpoint, region);
  return { ...clients, scheduler: new SchedulerClient(config) };
};
const queueArn = (region: string, name: string) => `arn:aws:sqs:${region}:000000000000:${name}`;
const RoleArn = 'arn:aws:iam::000000000000:role/r';
const past = { ScheduleExpression: 'at(2022-12-31T23:59:59)', FlexibleTimeWindow: { Mode: 'OFF' as const } };

describe('a client of any region', () => {
  it('creates a schedule for a queue by the ARN of its region, which fires', async () => {
    const { sqs, scheduler } = inRegion('eu-west-1');
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
    const Target = { Arn: queueArn('eu-west-1', 'work'), RoleArn, Input: 'fired' };
    await scheduler.send(new CreateScheduleCommand({ Name: 'one', Target, ...past }));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10 }));
    expect(Messages.map(({ Body }) => Body)).toEqual(['fired']);
  });

  it('moves to the dead-letter queue that an ARN of its region names', async () => {
    const { sqs } = inRegion('eu-west-1');
    const dead = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
    const deadLetterTargetArn = queueArn('eu-west-1', 'dead');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    const Attributes = { RedrivePolicy, VisibilityTimeout: '0' };
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'redriven', Attributes }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    for (let n = 0; n < 2; n += 1) await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: dead.QueueUrl, WaitTimeSeconds: 10 }),
    );
    expect(Messages.map(({ Body }) => Body)).toEqual(['poison']);
  });

  it('may name dead-letter queues, sources and queue URLs by its region', async () => {
    const { sqs } = inRegion('eu-west-1');
    const sourceQueueArns = [queueArn('eu-west-1', 'source')];
    const RedriveAllowPolicy = JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns });
    await sqs.send(new CreateQueueCommand({ QueueName: 'letters', Attributes: { RedriveAllowPolicy } }));
    const SourceArn = queueArn('eu-west-1', 'letters');
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: SourceArn, maxReceiveCount: 1 });
    const source = await sqs.send(new CreateQueueCommand({ QueueName: 'source', Attributes: { RedrivePolicy } }));

    const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/000000000000/letters';
    const { queueUrls } = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
    expect(queueUrls).toEqual([source.QueueUrl]);
    const { TaskHandle } = await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
    expect(TaskHandle).toBeDefined();
  });

  it('sees what clients of other regions have created, under ARNs of the one region', async () => {
    const [europe, asia] = [inRegion('eu-west-1'), inRegion('ap-northeast-1')];
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
    const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
    const table = { TableName: 'shared', BillingMode: 'PAY_PER_REQUEST' as const, AttributeDefinitions, KeySchema };
    await europe.dynamodb.send(new CreateTableCommand(table));
    const { Table } = await asia.dynamodb.send(new DescribeTableCommand({ TableName: 'shared' }));
    expect(Table?.TableArn).toBe('arn:aws:dynamodb:us-east-1:000000000000:table/shared');
    const ResourceArn = 'arn:aws:dynamodb:ap-northeast-1:000000000000:table/shared';
    await asia.dynamodb.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'k', Value: 'v' }] }));
    const { Tags } = await europe.dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }));
    expect(Tags).toEqual([{ Key: 'k', Value: 'v' }]);

    const { QueueUrl } = await europe.sqs.send(new CreateQueueCommand({ QueueName: 'shared' }));
    expect((await asia.sqs.send(new GetQueueUrlCommand({ QueueName: 'shared' }))).QueueUrl).toBe(QueueUrl);
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    expect((await asia.sqs.send(asked)).Attributes).toEqual({ QueueArn: queueArn('us-east-1', 'shared') });

    const Target = { Arn: queueArn('eu-west-1', 'shared'), RoleArn };
    await europe.scheduler.send(new CreateScheduleCommand({ Name: 'shared', Target, ...past }));
    const { Arn } = await asia.scheduler.send(new GetScheduleCommand({ Name: 'shared' }));
    expect(Arn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/shared');
  });
});

it('queues are found after a start with another AWS_REGION', async () => {
  const folder = temporaryDirectory();
  const first = await startAws({ dataDir: folder.path, provisioned: false, region: 'us-east-1' });
  const { sqs: before } = clientsFor(first.endpoint);
  const { QueueUrl: url } = await before.send(new CreateQueueCommand({ QueueName: 'kept' }));
  await before.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' }));
  const { Messages: [received] = [] } = await before.send(new ReceiveMessageCommand({ QueueUrl: url }));
  await first.close();
  const second = await startAws({ dataDir: folder.path, provisioned: false, region: 'eu-west-1' });
  const { sqs } = clientsFor(second.endpoint, 'eu-west-1');
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'kept' }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
  expect((await sqs.send(asked)).Attributes).toEqual({ QueueArn: queueArn('eu-west-1', 'kept') });
  // A message that was received before is deleted after it.
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: received?.ReceiptHandle }));
  await second.close();
  folder.remove();
});
