/**
 * Mends: a queue is found by its exact ARN and URL alone, which stay those of an earlier start.
 * Why: there is one region, which every other means too, and the port may change.
 * Relies on: each look-up, creation and load of a queue calls these methods of the store.
 */
import { accountId } from '../../http/account.ts';
import type { QueueStore } from '../fauxqs.ts';

export const inRegion = (arn: string, region: string): string => arn.replace(/^(arn:[^:]+:sqs:)[^:]*/, `$1${region}`);

export const useOneRegion = (store: QueueStore, region: string, port: number): void => {
  const createQueue = store.createQueue.bind(store);
  const getQueueByArn = store.getQueueByArn.bind(store);
  const urlOf = (name: string): string => `http://127.0.0.1:${port}/${accountId}/${name}`;
  store.region = region;
  store.buildQueueUrl = urlOf;
  store.getQueueByArn = (arn) => getQueueByArn(inRegion(arn, region));
  // Its name decides, so that the URL on AWS or in another region works too.
  store.getQueue = (url) => getQueueByArn(`arn:aws:sqs:${region}:${accountId}:${url.split('/').findLast(Boolean)}`);
  store.createQueue = (name, _url, arn, ...more) => createQueue(name, urlOf(name), inRegion(arn, region), ...more);
};
