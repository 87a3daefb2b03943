/** The cheapest call of each dependency that fails when it is down or not ours to use. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetScheduleGroupCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { makeTableFormat } from './table/table-format.ts';

/** It fails, too, when a newer release has stored the table. */
export const probeTable = (client: DynamoDBClient, tableName: string): (() => Promise<void>) =>
  makeTableFormat(client, tableName).check;

export const probeQueue = (client: SQSClient, queueUrl: string) => async (): Promise<void> => {
  await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['QueueArn'] }));
};

export const probeScheduleGroup = (client: SchedulerClient, group: string) => async (): Promise<void> => {
  await client.send(new GetScheduleGroupCommand({ Name: group }));
};
