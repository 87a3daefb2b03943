import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { QueueConsumer, ReceivedMessage } from '../../aws/queues/queue-consumer.ts';
import { log } from '../../telemetry/index.ts';
import { makeDeletions } from './deletions.ts';

export interface BatchesOptions {
  /** The queue's name, for logs. */
  queue: string;
  arn: string;
  region: string;
  consumer: Pick<QueueConsumer, 'delete' | 'release'>;
  /** One Lambda invocation. Throwing fails the whole batch. */
  invoke(event: SQSEvent): Promise<unknown>;
}

export interface Batches {
  /** Invokes the handler; deletes what did not fail. Never rejects. */
  process(messages: ReceivedMessage[]): Promise<void>;
  /** Gives messages back that no handler has seen. Never rejects. */
  release(messages: ReceivedMessage[]): Promise<void>;
  /** Resolves when the deletions that are due have been made. */
  flush(): Promise<void>;
}

const handlesOf = (messages: ReceivedMessage[]): string[] => messages.map(({ receiptHandle }) => receiptHandle);

const failuresOf = (response: unknown): Set<string> => {
  const failures = (response as SQSBatchResponse | undefined)?.batchItemFailures ?? [];
  return new Set(failures.map(({ itemIdentifier }) => itemIdentifier));
};

/** What becomes of the messages received from one queue, by the rules of Lambda's partial batch responses. */
export const makeBatches = (options: BatchesOptions): Batches => {
  const { queue, consumer } = options;
  const deletions = makeDeletions({ queue, delete: consumer.delete });
  const recordOf = (message: ReceivedMessage) => ({
    ...message,
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: options.arn,
    awsRegion: options.region,
  });
  return {
    process: async (messages) => {
      try {
        const Records = messages.map(recordOf) as unknown as SQSEvent['Records'];
        const failed = failuresOf(await options.invoke({ Records }));
        deletions.add(handlesOf(messages.filter(({ messageId }) => !failed.has(messageId))));
      } catch (error) {
        log.error('batch.failed', { queue, count: messages.length, error });
      }
    },
    release: async (messages) => {
      try {
        await consumer.release(handlesOf(messages));
      } catch (error) {
        log.warn('messages.not_released', { queue, count: messages.length, error });
      }
    },
    flush: deletions.flush,
  };
};
