import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** A message in flight, in the field names of a Lambda's SQS record. */
export interface ReceivedMessage {
  messageId: string;
  receiptHandle: string;
  body: string;
  attributes: Record<string, string>;
}

/** One queue, as its consumer sees it. All calls throw what the SDK throws. */
export interface QueueConsumer {
  /** At most 10 messages; waits up to `waitSeconds` (20 at most) for the first. */
  receive(options: { count: number; waitSeconds: number; signal: AbortSignal }): Promise<ReceivedMessage[]>;
  /** At most 10 handles. Answers with those that are still there. */
  delete(receiptHandles: string[]): Promise<string[]>;
  /** Makes up to 10 messages visible again at once. */
  release(receiptHandles: string[]): Promise<void>;
  /** Messages that wait to be received. Approximate, as SQS counts. */
  waiting(): Promise<number>;
}

const received = (message: Message): ReceivedMessage => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  attributes: message.Attributes ?? {},
});

const entriesOf = (handles: string[]) => handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));

/** `poll` carries the long polls, `client` everything that must answer soon. */
export const makeQueueConsumer = (deps: { poll: SQSClient; client: SQSClient; queueUrl: string }): QueueConsumer => {
  const { poll, client, queueUrl: QueueUrl } = deps;
  return {
    receive: async ({ count, waitSeconds, signal }) => {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: count,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['All'],
      });
      const { Messages = [] } = await poll.send(command, { abortSignal: signal });
      return Messages.map(received);
    },
    delete: async (handles) => {
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(handles) });
      const { Failed = [] } = await client.send(command);
      return Failed.map(({ Id }) => handles[Number(Id)] ?? '');
    },
    release: async (handles) => {
      const Entries = entriesOf(handles).map((entry) => ({ ...entry, VisibilityTimeout: 0 }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    },
    waiting: async () => {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
      const { Attributes } = await client.send(command);
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
  };
};
