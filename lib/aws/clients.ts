/**
 * The SDK clients, one each per process, and in a bundle only those that its function reaches. Endpoint and
 * credentials come by the SDK's own chain.
 */
import { setTimeout } from 'node:timers/promises';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConflictException, ResourceNotFoundException, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { lazy } from '../concurrency/lazy.ts';
import { processEnvironment } from '../platform/environment.ts';
import { random } from '../platform/random.ts';
import { clientSettings, REQUEST_TIMEOUT_MS } from './client-settings.ts';
import { attemptDirectly } from './first-attempt.ts';
import { makeFurtherAttempts } from './retries.ts';

/** SQS holds a long poll for 20 s at most. */
const POLL_TIMEOUT_MS = 25_000;
/**
 * Bridges a throttle or failover of half a second, with pauses of 0.6 to 1.2 s in all. What lasts longer is a
 * 503 after about a second.
 */
const DYNAMO_ATTEMPTS_MAX = 6;
/** With pauses of 0.2 to 0.4 s in all: what cannot be handed over by then, the reconciler hands over. */
const SQS_ATTEMPTS_MAX = 4;
/** With pauses of 0.75 to 1.5 s in all, as its quotas are by the second. Then the queue repeats it. */
const SCHEDULER_ATTEMPTS_MAX = 3;
const SCHEDULER_PAUSE_MS = 500;

const frequentSettings = (attemptsMax: number, pauseMs?: number) => ({
  ...clientSettings(REQUEST_TIMEOUT_MS, attemptsMax),
  // Made once for each kind of call, and not for each call.
  cacheMiddleware: true,
  retryStrategy: makeFurtherAttempts({ attemptsMax, pauseMs, fraction: random.fraction, sleep: setTimeout }),
});

/**
 * An emulator's queue URLs name hosts that need not resolve from here: where an endpoint is set,
 * that is where calls go.
 */
const queueUrlSettings = () => ({ useQueueUrlAsEndpoint: processEnvironment().sqsEndpoint === undefined });

export const dynamoClient = /* @__PURE__ */ lazy(() => {
  const client = new DynamoDBClient(frequentSettings(DYNAMO_ATTEMPTS_MAX));
  attemptDirectly(client, (error) => error instanceof ConditionalCheckFailedException);
  return client;
});
export const sqsClient = /* @__PURE__ */ lazy(() => {
  const client = new SQSClient({ ...frequentSettings(SQS_ATTEMPTS_MAX), ...queueUrlSettings() });
  attemptDirectly(client, () => false);
  return client;
});
export const schedulerClient = /* @__PURE__ */ lazy(() => {
  const client = new SchedulerClient(frequentSettings(SCHEDULER_ATTEMPTS_MAX, SCHEDULER_PAUSE_MS));
  attemptDirectly(client, (error) => error instanceof ConflictException || error instanceof ResourceNotFoundException);
  return client;
});
/**
 * For long polls alone. A poller backs off by itself: what fails is made once more, by the SDK, which knows
 * skewed clocks and new credentials; not after a timeout or a broken connection, both TimeoutErrors to it.
 * The checksums of ten bodies are left out: TLS has its own.
 */
export const sqsPollClient = /* @__PURE__ */ lazy(() => {
  const client = new SQSClient({ ...clientSettings(POLL_TIMEOUT_MS, 1), ...queueUrlSettings(), md5: false });
  attemptDirectly(client, (error) => (error as Error).name === 'TimeoutError');
  return client;
});
