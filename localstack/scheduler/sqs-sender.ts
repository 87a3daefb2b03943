import { GetQueueUrlCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { BatchEntry } from '../sqs/message.ts';
import type { SendBatch } from './types.ts';

const TIMEOUT_MS = 10_000;

const toSqs = ({ id, body, groupId, attributes = {}, delaySeconds, deduplicationId }: BatchEntry) => ({
  Id: id,
  MessageBody: body,
  ...(groupId !== undefined && { MessageGroupId: groupId }),
  ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
  ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
  MessageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, { BinaryValue, ...value }]) => [
      name,
      { ...value, ...(BinaryValue !== undefined && { BinaryValue: Buffer.from(BinaryValue, 'base64') }) },
    ]),
  ),
});

const clientFor = (endpoint: string, region: string): SQSClient =>
  new SQSClient({
    endpoint,
    region,
    // The URLs of an emulator's queues name hosts that need not resolve from here.
    useQueueUrlAsEndpoint: false,
    maxAttempts: 1,
    requestHandler: { requestTimeout: TIMEOUT_MS, connectionTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
  });

/** Sends once, by the SDK, to any SQS endpoint in the region of the queue's ARN. */
export const makeSqsSender = ({ endpoint }: { endpoint: string }): { send: SendBatch; close(): void } => {
  const clients = new Map<string, SQSClient>();
  const urls = new Map<string, string>();

  const clientOf = (queueArn: string): SQSClient => {
    const [, , , region = ''] = queueArn.split(':');
    const client = clients.get(region) ?? clientFor(endpoint, region);
    clients.set(region, client);
    return client;
  };

  const urlOf = async (client: SQSClient, queueArn: string): Promise<string> => {
    const known = urls.get(queueArn);
    if (known) return known;
    const [, , , , account, name] = queueArn.split(':');
    const { QueueUrl } = await client.send(
      new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: account }),
    );
    if (!QueueUrl) throw new Error(`No URL for ${queueArn}`);
    urls.set(queueArn, QueueUrl);
    return QueueUrl;
  };

  return {
    async send(queueArn, entries) {
      const client = clientOf(queueArn);
      const QueueUrl = await urlOf(client, queueArn);
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries.map(toSqs) }));
      return {
        failed: Failed.map(({ Id = '', Message, Code = 'InternalError' }) => ({
          id: Id,
          message: Message ?? Code,
          code: Code,
        })),
      };
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
};
