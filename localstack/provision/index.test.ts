import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Aws, startAws } from '../testing/stack.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';
import { provision } from './index.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let aws: Aws;
let clients: ReturnType<typeof clientsFor>;
beforeEach(async () => {
  directory = temporaryDirectory();
  aws = await startAws({ dataDir: directory.path, provisioned: false });
  clients = clientsFor(aws.endpoint);
});
afterEach(async () => {
  await aws.close();
  directory.remove();
});

const run = () => provision({ endpoint: aws.endpoint, stage: 'local', region: 'us-east-1' });
const attributes = async (QueueUrl: string | undefined) =>
  (await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {};

it('creates what serverless.yml declares and answers its environment resolved', async () => {
  const { environment } = await run();
  expect(environment).toMatchObject({
    STAGE: 'local',
    TABLE_NAME: 'event-notification-service-local',
    DELIVERY_QUEUE_URL: `${aws.endpoint}/000000000000/event-notification-service-local-delivery`,
    DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:event-notification-service-local-delivery',
    SCHEDULE_GROUP: 'event-notification-service-local',
    SCHEDULE_ROLE_ARN: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
  });
  const { RedrivePolicy, VisibilityTimeout } = await attributes(environment.DELIVERY_QUEUE_URL);
  expect(VisibilityTimeout).toBe('180');
  expect(JSON.parse(RedrivePolicy ?? '{}').deadLetterTargetArn).toMatch(/-dead-letters$/);
  const { TimeToLiveDescription } = await clients.dynamodb.send(
    new DescribeTimeToLiveCommand({ TableName: environment.TABLE_NAME }),
  );
  expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' });
});

it('changes nothing when it runs again', async () => {
  const { environment } = await run();
  const scheduler = new SchedulerClient(clients.config);
  const request = new GetScheduleCommand({ Name: 'reconcile', GroupName: environment.SCHEDULE_GROUP });
  const state = async () => ({
    queue: await attributes(environment.DELIVERY_QUEUE_URL),
    schedule: (await scheduler.send(request)).LastModificationDate,
  });
  const before = await state();
  expect(await run()).toEqual({ environment });
  expect(await state()).toEqual(before);
});

it('updates what differs', async () => {
  const { environment } = await run();
  const scheduler = new SchedulerClient(clients.config);
  const schedule = { Name: 'reconcile', GroupName: environment.SCHEDULE_GROUP };
  const { Target } = await scheduler.send(new GetScheduleCommand(schedule));
  const changed = {
    ...schedule,
    Target,
    ScheduleExpression: 'rate(5 hours)',
    FlexibleTimeWindow: { Mode: 'OFF' as const },
  };
  await scheduler.send(new UpdateScheduleCommand(changed));
  const QueueUrl = environment.DELIVERY_QUEUE_URL;
  await clients.sqs.send(
    new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '7', RedrivePolicy: '' } }),
  );
  await run();
  expect((await scheduler.send(new GetScheduleCommand(schedule))).ScheduleExpression).toBe('rate(1 minute)');
  expect(await attributes(QueueUrl)).toMatchObject({
    VisibilityTimeout: '180',
    RedrivePolicy: expect.stringContaining('dead-letters'),
  });
});

it('completes a queue with other attributes and a table without indexes', async () => {
  const name = 'event-notification-service-local';
  await clients.sqs.send(
    new CreateQueueCommand({ QueueName: `${name}-delivery`, Attributes: { VisibilityTimeout: '30' } }),
  );
  await clients.dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  const Item = { id: { S: 'old' }, entity_key: { S: 'ann' }, position: { S: '1' } };
  await clients.dynamodb.send(new PutItemCommand({ TableName: name, Item }));
  const { environment } = await run();
  expect((await attributes(environment.DELIVERY_QUEUE_URL)).VisibilityTimeout).toBe('180');
  const { Table } = await clients.dynamodb.send(new DescribeTableCommand({ TableName: name }));
  const indexes = Table?.GlobalSecondaryIndexes?.map((index) => index.IndexName).sort();
  expect(indexes).toEqual(['by_entity', 'by_group', 'by_time', 'dead', 'open']);
  const query = new QueryCommand({
    TableName: name,
    IndexName: 'by_entity',
    KeyConditionExpression: 'entity_key = :e',
    ExpressionAttributeValues: { ':e': { S: 'ann' } },
  });
  expect((await clients.dynamodb.send(query)).Items).toEqual([Item]);
});
