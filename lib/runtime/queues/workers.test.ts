import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { type SqsFixture, startSqs } from '../../testing/sqs.ts';
import { type Runtime, type RuntimeOptions, startRuntime } from '../start.ts';

const DOCUMENT = `
service: fixture
provider:
  name: aws
  environment:
    RECONCILE_QUEUE_URL: !Ref ReconcileQueue
functions:
  reconcile:
    handler: worker.handler
    timeout: 60
    events: [{ sqs: { arn: !GetAtt ReconcileQueue.Arn, batchSize: 1, maximumConcurrency: 2 } }]
  api:
    handler: worker.gone
    events: [{ httpApi: { method: GET, path: /things } }]
`;
const WORKER = `export const handler = async (event, context) => {
  globalThis.received(event, context.getRemainingTimeInMillis());
  return { batchItemFailures: [] };
};`;

let root: string;
let sqs: SqsFixture;
let runtime: Runtime | undefined;
const shared = globalThis as unknown as { received(event: SQSEvent, remainingMs: number): void };

beforeAll(async () => {
  sqs = await startSqs('reconcile');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_ENDPOINT_URL', sqs.endpoint);
  root = await mkdtemp(join(tmpdir(), 'workers-'));
  await writeFile(join(root, 'serverless.yml'), DOCUMENT);
  await writeFile(join(root, 'worker.mjs'), WORKER);
});
afterEach(async () => {
  await runtime?.close();
  runtime = undefined;
});
afterAll(async () => {
  await sqs.stop();
  await rm(root, { recursive: true });
  vi.unstubAllEnvs();
});

const start = async (options: Partial<RuntimeOptions> = {}): Promise<Runtime> => {
  runtime = await startRuntime({
    admitMetrics: async () => ({ headers: {} }),
    port: 0,
    host: '127.0.0.1',
    roles: ['worker'],
    serverlessPath: join(root, 'serverless.yml'),
    environment: { RECONCILE_QUEUE_URL: sqs.queueUrl },
    ...options,
  });
  return runtime;
};
const nextEvent = (): Promise<[SQSEvent, number]> =>
  new Promise((resolve) => {
    shared.received = (...invocation) => resolve(invocation);
  });

it('hands a queue to the function that serverless.yml gives it to, by the URL in the environment', async () => {
  const event = nextEvent();
  await start();
  sqs.server.sendMessage('reconcile', '{"kind":"reconcile"}');
  const [{ Records }, remainingMs] = await event;
  expect(Records).toMatchObject([
    {
      body: '{"kind":"reconcile"}',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:reconcile',
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d+$/) },
    },
  ]);
  expect(remainingMs).toBeGreaterThan(59_000);
});

it('runs a reconcile pass of its own when no message asks for one', async () => {
  const event = nextEvent();
  await start({ reconcileAfterMs: 24 });
  const [{ Records }] = await event;
  expect(Records).toMatchObject([{ body: '{"kind":"reconcile"}', attributes: { SenderId: 'runtime' } }]);
});

it('reads the depth of its queues at once, for the metrics', async () => {
  shared.received = () => {};
  const { port } = await start();
  const depth = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await vi.waitUntil(async () => (await depth()).includes('event_system_queue_depth{queue="reconcile"} 0'), {
    interval: 10,
    timeout: 15_000,
  });
});

it('serves no API as a worker', async () => {
  const { port } = await start();
  expect((await fetch(`http://127.0.0.1:${port}/things`)).status).toBe(404);
});

it('does not start without the URL of a queue', async () => {
  await expect(start({ environment: {} })).rejects.toThrow('RECONCILE_QUEUE_URL must hold the URL of ReconcileQueue');
});
