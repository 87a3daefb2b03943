/** The cheapest call of each dependency that fails when it is down or not ours to use. */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetScheduleGroupCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

export const probeTable = (client: DynamoDBClient, tableName: string) => async (): Promise<void> => {
  await client.send(new GetItemCommand({ TableName: tableName, Key: { id: { S: 'health' } } }));
};

export const probeQueue = (client: SQSClient, queueUrl: string) => async (): Promise<void> => {
  await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }));
};

export const probeScheduleGroup = (client: SchedulerClient, group: string) => async (): Promise<void> => {
  await client.send(new GetScheduleGroupCommand({ Name: group }));
};
