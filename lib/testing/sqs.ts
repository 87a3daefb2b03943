import { SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { makeQueueConsumer, type QueueConsumer } from '../aws/queues/queue-consumer.ts';

/** A real SDK client before an SQS on a free port, with one queue; for tests. */
export interface SqsFixture {
  server: FauxqsServer;
  endpoint: string;
  queueUrl: string;
  consumer: QueueConsumer;
  /** Takes the server away, and its messages with it. */
  outage(): Promise<void>;
  /** Starts it again on the same port. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

export const startSqs = async (queue: string, attributes: Record<string, string> = {}): Promise<SqsFixture> => {
  const start = async (port: number): Promise<FauxqsServer> => {
    const server = await startFauxqs({ port, logger: false, host: '127.0.0.1' });
    server.createQueue(queue, { attributes });
    return server;
  };
  const server = await start(0);
  const { port } = server;
  const endpoint = `http://127.0.0.1:${port}`;
  const queueUrl = `${endpoint}/000000000000/${queue}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 });
  const fixture: SqsFixture = {
    server,
    endpoint,
    queueUrl,
    consumer: makeQueueConsumer({ poll: client, client, queueUrl }),
    outage: () => fixture.server.stop(),
    recover: async () => {
      fixture.server = await start(port);
    },
    stop: async () => {
      await fixture.server.stop();
      client.destroy();
    },
  };
  return fixture;
};
