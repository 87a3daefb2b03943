import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { startAwsServer } from '../server.ts';
import { clientsFor, temporaryDirectory } from '../testing/temporary-directory.ts';

type Given<T> = Omit<T, 'QueueUrl'>;

/** The local SQS over HTTP, by the SDK. */
export const startSqs = async () => {
  const directory = temporaryDirectory();
  const start = async () => {
    const server = await startAwsServer({ port: 0, dataDir: directory.path, region: 'us-east-1' });
    return { server, sqs: clientsFor(server.endpoint).sqs };
  };
  let { server, sqs } = await start();
  let queues = 0;

  /** A call without the SDK. */
  const call = async (action: string, body: unknown) => {
    const headers = { 'x-amz-target': `AmazonSQS.${action}`, 'content-type': 'application/x-amz-json-1.0' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await fetch(server.endpoint, { method: 'POST', headers, body: text });
    const queryError = answer.headers.get('x-amzn-query-error') ?? undefined;
    return { status: answer.status, queryError, body: (await answer.json()) as Record<string, unknown> };
  };

  return {
    get sqs(): SQSClient {
      return sqs;
    },
    call,
    /** Undefined when the call succeeds. */
    refusal: async (action: string, body: unknown): Promise<string | undefined> => {
      const answer = await call(action, body);
      return answer.status === 200 ? undefined : `${answer.queryError} ${answer.body.message}`;
    },
    queue: async (attributes: Record<string, string> = {}): Promise<string> => {
      queues += 1;
      const QueueName = `queue-${queues}${attributes.FifoQueue === 'true' ? '.fifo' : ''}`;
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
      return QueueUrl;
    },
    arn: (url: string): string => `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`,
    attributes: async (QueueUrl: string, names: string[] = ['All']): Promise<Record<string, string>> => {
      const AttributeNames = names as QueueAttributeName[];
      return (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes ?? {};
    },
    send: (QueueUrl: string, MessageBody: string, given: Partial<Given<SendMessageCommandInput>> = {}) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, ...given })),
    receive: async (QueueUrl: string, given: Given<ReceiveMessageCommandInput> = {}) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...given }))).Messages ?? [],
    restart: async (): Promise<void> => {
      await server.close();
      ({ server, sqs } = await start());
    },
    close: async (): Promise<void> => {
      await server.close();
      directory.remove();
    },
  };
};
