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
/** The queue of what asks for entries repeats it. */
const SCHEDULER_ATTEMPTS_MAX = 3;

/** For clients with a direct first attempt, those of each delivery. */
const frequentSettings = (attemptsMax: number) => ({
  ...clientSettings(REQUEST_TIMEOUT_MS, attemptsMax),
  // Made once for each kind of call, and not for each call.
  cacheMiddleware: true,
  retryStrategy: makeFurtherAttempts({ attemptsMax, fraction: random.fraction, sleep: setTimeout }),
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
  const client = new SchedulerClient(frequentSettings(SCHEDULER_ATTEMPTS_MAX));
  attemptDirectly(client, (error) => error instanceof ConflictException || error instanceof ResourceNotFoundException);
  return client;
});
/**
 * For long polls alone. A poller backs off by itself: a poll is repeated once, by the SDK, and not when it took
 * its whole time. The checksums of ten bodies are left out: TLS has its own.
 */
export const sqsPollClient = /* @__PURE__ */ lazy(() => {
  const settings = { ...clientSettings(POLL_TIMEOUT_MS, 1), cacheMiddleware: true };
  const client = new SQSClient({ ...settings, ...queueUrlSettings(), md5: false });
  attemptDirectly(client, (error) => (error as Error).name === 'TimeoutError');
  return client;
});
