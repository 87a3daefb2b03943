/**
 * The SDK clients, one each per process, and in a bundle only those that its function reaches. Endpoint and credentials
 * come by the SDK's own chain (`AWS_ENDPOINT_URL`, role, ...).
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { processEnvironment } from '../environment.ts';
import { once } from '../once.ts';

const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 3_000;
/** SQS holds a long poll for 20 s at most. */
const POLL_TIMEOUT_MS = 25_000;
const SOCKETS_MAX = 128;

/** The SDK only warns of a late answer unless told to throw; without that a silent peer holds a call for good. */
const settings = (requestTimeout: number, maxAttempts: number) => {
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  return {
    region: processEnvironment().region,
    maxAttempts,
    retryMode: 'standard',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  };
};

/** An emulator's queue URLs name hosts that need not resolve from here: where an endpoint is set, that is where calls go. */
const makeSqsClient = (requestTimeout: number, maxAttempts: number): SQSClient =>
  new SQSClient({
    ...settings(requestTimeout, maxAttempts),
    useQueueUrlAsEndpoint: processEnvironment().endpoint === undefined,
  });

export const dynamoClient = /* @__PURE__ */ once(() => new DynamoDBClient(settings(REQUEST_TIMEOUT_MS, 3)));
export const sqsClient = /* @__PURE__ */ once(() => makeSqsClient(REQUEST_TIMEOUT_MS, 3));
export const schedulerClient = /* @__PURE__ */ once(() => new SchedulerClient(settings(REQUEST_TIMEOUT_MS, 3)));
/** For long polls alone: whoever polls backs off by itself, and must hear of the first failure. */
export const sqsPollClient = /* @__PURE__ */ once(() => makeSqsClient(POLL_TIMEOUT_MS, 1));
