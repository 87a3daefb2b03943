/** A Lambda event source mapping: receives batches of a stated size, invokes, deletes what did not fail. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { makeQueueConsumer, type ReceivedMessage } from '../../../lib/aws/queues/queue-consumer.ts';
import type { Invoked, LambdaProcess } from './lambda.ts';
import { sqsEvent } from './lambda-events.ts';

interface EventSource {
  /**
   * Until `count` messages have been through; rejects when one failed, or when nothing more comes
   * for 20 s.
   */
  drain(count: number, batchSize: number): Promise<{ invoked: Invoked[]; calls: Record<string, number> }>;
  close(): void;
}

export const makeEventSource = (awsUrl: string, queueUrl: string, lambda: LambdaProcess): EventSource => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new SQSClient({ endpoint: awsUrl, region: 'us-east-1', credentials, useQueueUrlAsEndpoint: false });
  const consumer = makeQueueConsumer({ poll: client, client, queueUrl });
  const [name = ''] = new URL(queueUrl).pathname.split('/').reverse();
  const arn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const { signal } = new AbortController();

  /** At volume AWS finds full batches; here they are filled by asking again. */
  const batchOf = async (size: number): Promise<ReceivedMessage[]> => {
    const messages: ReceivedMessage[] = [];
    while (messages.length < size) {
      const more = await consumer.receive({ count: size - messages.length, waitSeconds: 20, signal });
      if (more.length === 0) throw new Error(`${name}: nothing came for 20 s`);
      messages.push(...more);
    }
    return messages;
  };

  return {
    drain: async (count, batchSize) => {
      const invoked: Invoked[] = [];
      for (let done = 0; done < count; done += batchSize) {
        const messages = await batchOf(Math.min(batchSize, count - done));
        const one = await lambda.invoke(sqsEvent(arn, messages));
        const { batchItemFailures } = one.result as { batchItemFailures: unknown[] };
        if (batchItemFailures.length > 0) throw new Error(`${lambda.name}: ${JSON.stringify(one.result)}`);
        await consumer.delete(messages.map(({ receiptHandle }) => receiptHandle));
        invoked.push(one);
      }
      // What AWS does for a full batch: one receive, one delete.
      return { invoked, calls: { ReceiveMessage: invoked.length, DeleteMessageBatch: invoked.length } };
    },
    close: () => client.destroy(),
  };
};
