import { accountId } from '../../http/account.ts';
import { invalidParameter, noSuchQueue, SqsError } from '../errors.ts';
import type { FauxqsQueue } from '../fauxqs.ts';
import { type Operation, queueOf } from './context.ts';
import { pageOf } from './page.ts';
import { checkAttributeNames, checkedAttributes } from './queue-attributes.ts';
import { sourcesOf } from './redrive.ts';
import { requiredTextOf, textMapOf, textOf, textsOf } from './request.ts';

const PURGE_PAUSE_MS = 60_000;
const NAME_RULE = 'can only include alphanumeric characters, hyphens, or underscores';

const checkName = (name: string, isFifo: boolean): void => {
  if (isFifo && !/^[\w-]{1,75}\.fifo$/.test(name))
    throw invalidParameter(
      `The name of a FIFO queue ${NAME_RULE}, must end with .fifo suffix and be 1 to 80 in length`,
    );
  if (!isFifo && !/^[\w-]{1,80}$/.test(name)) throw invalidParameter(`Queue name ${NAME_RULE}. 1 to 80 in length`);
};

const fifoDefaults = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

const checkSame = (existing: FauxqsQueue, attributes: Record<string, string>): void => {
  const current = existing.getAllAttributes(Object.keys(attributes));
  const different = Object.keys(attributes).find((name) => (current[name] ?? '') !== attributes[name]);
  if (different === undefined) return;
  const message = `A queue already exists with the same name and a different value for attribute ${different}`;
  throw new SqsError('QueueNameExists', message);
};

export const createQueue: Operation = ({ store, region }, request) => {
  const name = requiredTextOf(request, 'QueueName');
  const given = textMapOf(request, 'Attributes') ?? {};
  const isFifo = given.FifoQueue?.toLowerCase() === 'true';
  checkName(name, isFifo);
  const arn = `arn:aws:sqs:${region}:${accountId}:${name}`;
  const attributes = checkedAttributes(given, { arn, isFifo }, store);
  const existing = store.getQueueByArn(arn);
  if (existing) {
    checkSame(existing, attributes);
    return { QueueUrl: existing.url };
  }
  const all = Object.entries({ ...(isFifo && fifoDefaults), ...attributes }).filter(([, value]) => value !== '');
  const tags = textMapOf(request, 'tags') ?? {};
  return { QueueUrl: store.createQueue(name, store.buildQueueUrl(name), arn, Object.fromEntries(all), tags).url };
};

export const deleteQueue: Operation = (context, request) => {
  context.store.deleteQueue(queueOf(context, request).url);
  return {};
};

export const getQueueUrl: Operation = ({ store, region }, request) => {
  const queue = store.getQueueByArn(`arn:aws:sqs:${region}:${accountId}:${requiredTextOf(request, 'QueueName')}`);
  if (!queue) throw noSuchQueue();
  return { QueueUrl: queue.url };
};

const urlsOf = (queues: Iterable<FauxqsQueue>): string[] =>
  [...queues].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ url }) => url);

export const listQueues: Operation = ({ store }, request) => {
  const prefix = textOf(request, 'QueueNamePrefix') ?? '';
  const queues = [...store.allQueues()].filter(({ name }) => name.startsWith(prefix));
  const { items: QueueUrls, next } = pageOf(urlsOf(queues), request);
  return { QueueUrls, ...next };
};

export const listDeadLetterSourceQueues: Operation = (context, request) => {
  const sources = sourcesOf(context.store, queueOf(context, request));
  const { items: queueUrls, next } = pageOf(urlsOf(sources), request);
  return { queueUrls, ...next };
};

export const getQueueAttributes: Operation = (context, request) => {
  const queue = queueOf(context, request);
  const names = textsOf(request, 'AttributeNames') ?? [];
  checkAttributeNames(names);
  // The counts are current also in a queue without consumers.
  queue.processTimers();
  return { Attributes: queue.getAllAttributes(names) };
};

export const setQueueAttributes: Operation = (context, request) => {
  const queue = queueOf(context, request);
  const about = { arn: queue.arn, isFifo: queue.isFifo() };
  const attributes = checkedAttributes(textMapOf(request, 'Attributes') ?? {}, about, context.store);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== '') continue;
    delete attributes[name];
    delete queue.attributes[name];
  }
  queue.setAttributes(attributes);
  return {};
};

const purgedAt = new WeakMap<FauxqsQueue, number>();

export const purgeQueue: Operation = (context, request) => {
  const queue = queueOf(context, request);
  if (Date.now() - (purgedAt.get(queue) ?? Number.NEGATIVE_INFINITY) < PURGE_PAUSE_MS) {
    const message = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
    throw new SqsError('PurgeQueueInProgress', message);
  }
  purgedAt.set(queue, Date.now());
  queue.purge();
  queue.deduplicationCache.clear();
  return {};
};
