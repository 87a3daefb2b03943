/**
 * What the tests of handlers share: a DynamoDB and queues on free ports, and the environment that
 * Lambda would give.
 */
import type { SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { useApiDescription } from '../lib/http/api-description.ts';
import type { HttpHandler } from '../lib/http/types.ts';
import { systemClock } from '../lib/platform/clock.ts';
import type { QueueHandler } from '../lib/queue/pipeline.ts';
import { ownApi } from '../lib/runtime/serverless/api.ts';
import { type DynamoFixture, startDynamo } from '../lib/testing/dynamodb.ts';
import { apiEvent, lambdaContext, type RequestFixture } from '../lib/testing/http-events.ts';
import { type SqsFixture, startSqs } from '../lib/testing/sqs.ts';

const QUEUES = ['delivery', 'schedule', 'events', 'reconcile', 'replay', 'dead-letters'];

export interface Backend {
  dynamo: DynamoFixture;
  sqs: SqsFixture;
  /** What waits in a queue, delayed or not. */
  bodiesIn(queue: string): string[];
  stop(): Promise<void>;
}

const environmentOf = (dynamo: DynamoFixture, sqs: SqsFixture): Record<string, string> => {
  const url = (queue: string) => sqs.queueUrl.replace('delivery', queue);
  return {
    STAGE: 'local',
    AUTH_MODE: 'none',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    TABLE_NAME: dynamo.tableName,
    DELIVERY_QUEUE_URL: url('delivery'),
    DELIVERY_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:delivery',
    SCHEDULE_QUEUE_URL: url('schedule'),
    EVENT_QUEUE_URL: url('events'),
    RECONCILE_QUEUE_URL: url('reconcile'),
    REPLAY_QUEUE_URL: url('replay'),
    DEAD_LETTER_QUEUE_URL: url('dead-letters'),
    SCHEDULE_GROUP: 'group',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/schedule',
    CURSOR_SECRET: 'a secret of the tests',
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(24).toString('base64')}`,
    LOG_LEVEL: 'SILENT',
  };
};

/** Import handlers after this: they read the environment when they are first called. */
export const startBackend = async (environment: Record<string, string> = {}): Promise<Backend> => {
  const dynamo = await startDynamo(systemClock);
  const sqs = await startSqs('delivery');
  for (const queue of QUEUES.slice(1)) sqs.server.createQueue(queue);
  const variables = { ...environmentOf(dynamo, sqs), ...environment };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  useApiDescription(await ownApi());
  return {
    dynamo,
    sqs,
    bodiesIn: (queue) => {
      const { ready = [], delayed = [] } = sqs.server.inspectQueue(queue)?.messages ?? {};
      return [...ready, ...delayed].map((message) => message.body);
    },
    stop: async () => {
      await sqs.stop();
      await dynamo.stop();
    },
  };
};

/** Calls a handler as API Gateway does. */
export const invoke = async (handler: HttpHandler, request: RequestFixture) => {
  const response = await handler(apiEvent(request), lambdaContext());
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    text: response.body ?? '',
    body: JSON.parse(response.body || 'null'),
  };
};

/** Gives a worker a batch as Lambda's event source does; answers the places of those that failed. */
export const invokeWorker = async (
  worker: QueueHandler,
  queue: string,
  bodies: readonly unknown[],
  remainingMs = 60_000,
): Promise<number[]> => {
  const Records = bodies.map((body, at) => ({
    messageId: String(at),
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: '6', SentTimestamp: '1' },
    eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queue}`,
  }));
  const { batchItemFailures } = await worker({ Records } as unknown as SQSEvent, lambdaContext(remainingMs));
  return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)).sort();
};
