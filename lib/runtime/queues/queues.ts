import { sqsClient, sqsPollClient } from '../../aws/clients.ts';
import { makeQueueConsumer, type QueueConsumer } from '../../aws/queues/queue-consumer.ts';
import type { ServerlessDocument } from '../serverless/serverless-yaml.ts';

/** One `sqs` event of serverless.yml, with the queue it means. */
export interface QueueSource {
  functionName: string;
  /** The queue's logical id, e.g. `DeliveryQueue`. */
  resource: string;
  queue: string;
  arn: string;
  batchSize: number;
  maximumConcurrency: number | undefined;
  consumer: QueueConsumer;
}

/**
 * The URL is in the environment under the name that serverless.yml gives to `!Ref <resource>`: no
 * second table.
 */
const urlOf = (document: ServerlessDocument, resource: string, environment: Record<string, string>): string => {
  for (const [name, value] of Object.entries(document.provider.environment)) {
    if (typeof value !== 'object' || value.Ref !== resource) continue;
    const url = environment[name];
    if (url) return url;
    throw new Error(`${name} must hold the URL of ${resource}`);
  }
  throw new Error(`serverless.yml: provider.environment has no !Ref ${resource}`);
};

/** `https://sqs.<region>.amazonaws.com/<account>/<name>` -> name and ARN. */
const identityOf = (url: string, region: string): { queue: string; arn: string } => {
  const [queue = '', account = ''] = new URL(url).pathname.split('/').reverse();
  return { queue, arn: `arn:aws:sqs:${region}:${account}:${queue}` };
};

/** SQS receives at most ten; larger batches would need a batching window, which costs lateness. */
const BATCH_MAX = 10;

/** Every queue that serverless.yml gives to a function. Throws when one has no URL. */
export const queueSources = (
  document: ServerlessDocument,
  options: { environment: Record<string, string>; region: string },
): QueueSource[] =>
  Object.entries(document.functions).flatMap(([functionName, { events }]) =>
    events.flatMap(({ sqs }) => {
      if (sqs === undefined) return [];
      const [resource] = (typeof sqs.arn === 'object' && sqs.arn['Fn::GetAtt']) || [];
      if (resource === undefined) throw new Error(`serverless.yml: ${functionName}: the queue must be a !GetAtt`);
      const queueUrl = urlOf(document, resource, options.environment);
      return {
        functionName,
        resource,
        ...identityOf(queueUrl, options.region),
        batchSize: Math.min(sqs.batchSize ?? BATCH_MAX, BATCH_MAX),
        maximumConcurrency: sqs.maximumConcurrency,
        consumer: makeQueueConsumer({ poll: sqsPollClient(), client: sqsClient(), queueUrl }),
      };
    }),
  );
